// The interactive elements of Block Kit. `ctx` says where they stand:
//   ctx.act(element, block, value) → promise of an error text, or nothing where the app took it
//   ctx.set(block_id, action_id, value)   what a form holds now
//   ctx.get(block_id, action_id)          what it held before the app redrew it; undefined for an untouched one

import { append, h, icon, safeUrl } from "./dom.js";
import * as mrkdwn from "./mrkdwn.js";
import { confirm, menu } from "./popover.js";
import { select } from "./select.js";
import { store } from "./state.js";
import * as time from "./time.js";

/** `field` is { id, describedBy, label } in an input block. */
export function element(e, block, ctx, field = {}) {
  const make = MAKERS[e.type.replace(/^multi_/, "")] ?? unknown;
  return make(e, block, ctx, field);
}

const dispatches = (block) => block.type !== "input" || block.dispatch_action === true;

/** Remembers a value and, outside forms, tells the app. */
function report(e, block, ctx, value, node) {
  ctx.set(block.block_id, e.action_id, value);
  return dispatches(block) ? perform(e, block, ctx, value, node) : undefined;
}

async function perform(e, block, ctx, value, node) {
  if (e.confirm && !(await agreed(e.confirm))) return;
  node.classList.add("busy");
  node.setAttribute("aria-busy", "true");
  node.parentElement?.querySelector(".action-error")?.remove();
  const error = await ctx.act(e, block, value);
  node.classList.remove("busy");
  node.removeAttribute("aria-busy");
  if (error) node.after(h("span", { class: "action-error", role: "alert", title: error }, icon("warn", 15), error));
}

const agreed = (c) =>
  confirm({
    title: mrkdwn.textObject(c.title),
    text: mrkdwn.textObject(c.text),
    yes: c.confirm?.text,
    no: c.deny?.text,
    danger: c.style === "danger",
  });

function button(e, block, ctx) {
  const run = () => perform(e, block, ctx, e.value, node);
  const classes = `btn ${e.style === "primary" ? "primary" : e.style === "danger" ? "danger" : ""}`;
  const props = { class: classes, "data-action": e.action_id, "aria-label": e.accessibility_label, onclick: run };
  const href = e.url && safeUrl(e.url);
  const node = href
    ? h("a", { ...props, href, target: "_blank", rel: "noopener noreferrer" }, mrkdwn.textObject(e.text))
    : h("button", { ...props, type: "button" }, mrkdwn.textObject(e.text));
  return node;
}

function overflow(e, block, ctx) {
  const node = h(
    "button",
    {
      type: "button",
      class: "btn overflow",
      "aria-label": "More actions",
      "aria-haspopup": "menu",
      "data-action": e.action_id,
      onclick: () =>
        menu(
          node,
          e.options.map((o) => ({
            label: mrkdwn.textObject(o.text),
            note: o.description?.text,
            run: () => {
              if (o.url && safeUrl(o.url)) window.open(o.url, "_blank", "noopener");
              perform(e, block, ctx, o.value, node);
            },
          })),
          { label: "More actions", align: "end" },
        ),
    },
    icon("more", 16),
  );
  return node;
}

function anySelect(e, block, ctx, field) {
  const made = select(e, {
    value: ctx.get(block.block_id, e.action_id),
    label: field.label,
    describedBy: field.describedBy,
    changed: (value) => report(e, block, ctx, value, made.node),
    suggest: (text) => ctx.suggest(e, block, text),
  });
  made.node.dataset.action = e.action_id;
  ctx.set(block.block_id, e.action_id, made.value);
  return made.node;
}

/** Inputs that the browser has: `read` turns what is typed into what Slack sends. */
function native(type, first, read = (text) => text || null, show = (value) => value ?? "") {
  return (e, block, ctx, field) => {
    const kept = ctx.get(block.block_id, e.action_id);
    const start = kept === undefined ? first(e) : kept;
    const node = h(e.multiline ? "textarea" : "input", {
      type: e.multiline ? null : type,
      id: field.id,
      class: "field",
      value: show(start ?? null),
      "data-action": e.action_id,
      placeholder: e.placeholder?.text,
      maxlength: e.max_length,
      minlength: e.min_length,
      rows: e.multiline ? 4 : null,
      min: e.min_value,
      max: e.max_value,
      step: type === "number" ? (e.is_decimal_allowed ? "any" : 1) : null,
      "aria-describedby": field.describedBy,
      "aria-label": field.id ? null : (e.placeholder?.text ?? type),
      autofocus: e.focus_on_load,
      oninput: () => ctx.set(block.block_id, e.action_id, read(node.value)),
      onchange: () => dispatches(block) && perform(e, block, ctx, read(node.value), node),
    });
    ctx.set(block.block_id, e.action_id, start ?? null);
    return e.max_length && e.type === "plain_text_input" ? counted(node, e.max_length) : node;
  };
}

function counted(node, most) {
  const left = h("span", { class: "counter", "aria-live": "polite" });
  const count = () => {
    const rest = most - node.value.length;
    left.textContent = rest <= Math.max(20, most / 10) ? `${rest}` : "";
  };
  node.addEventListener("input", count);
  return h("div", { class: "counted" }, node, left);
}

const localTime = (seconds) => {
  if (seconds === null || seconds === undefined) return "";
  const p = time.parts(seconds * 1000, store.me?.tz);
  return `${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}`;
};

const unix = (text) => (text ? time.zoned(text.slice(0, 10), text.slice(11, 16), store.me?.tz) : null);

function ticks(type) {
  return (e, block, ctx, field) => {
    const kept = ctx.get(block.block_id, e.action_id);
    const start = kept ?? (e.initial_options ?? [e.initial_option]).filter(Boolean).map((o) => o.value);
    const chosen = new Set([start].flat());
    const value = () => (type === "checkbox" ? [...chosen] : ([...chosen][0] ?? null));
    const name = `${ctx.key}-${block.block_id}-${e.action_id}`;
    const node = h("div", {
      class: "ticks",
      role: type === "radio" ? "radiogroup" : "group",
      "aria-label": field.label,
      "data-action": e.action_id,
    });
    append(
      node,
      e.options.map((o) =>
        h(
          "label",
          { class: "tick" },
          h("input", {
            type,
            name,
            value: o.value,
            checked: chosen.has(o.value),
            onchange: ({ target }) => {
              if (type === "radio") chosen.clear();
              if (target.checked) chosen.add(o.value);
              else chosen.delete(o.value);
              report(e, block, ctx, value(), node);
            },
          }),
          h("span", {}, mrkdwn.textObject(o.text), o.description && h("small", {}, mrkdwn.textObject(o.description))),
        ),
      ),
    );
    ctx.set(block.block_id, e.action_id, value());
    return node;
  };
}

function fileInput(e, block, ctx, field) {
  const node = h("input", {
    type: "file",
    id: field.id,
    class: "field",
    multiple: (e.max_files ?? 10) > 1,
    "data-action": e.action_id,
    accept: e.filetypes?.map((t) => `.${t}`).join(","),
    onchange: async () => {
      const files = await Promise.all([...node.files].map(readFile));
      report(e, block, ctx, files, node);
    },
  });
  ctx.set(block.block_id, e.action_id, []);
  return node;
}

/** A file as the control API takes it. */
export async function readFile(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return { name: file.name, base64: btoa(binary) };
}

export function image(e) {
  const src = safeUrl(e.image_url ?? e.slack_file?.url ?? "");
  return src
    ? h("img", { class: "thumb", src, alt: e.alt_text ?? "", loading: "lazy" })
    : h("span", {}, e.alt_text ?? "");
}

const unknown = (e) => h("span", { class: "unknown" }, `[${e.type}]`);

const MAKERS = {
  button,
  workflow_button: button,
  overflow,
  static_select: anySelect,
  external_select: anySelect,
  users_select: anySelect,
  channels_select: anySelect,
  conversations_select: anySelect,
  datepicker: native("date", (e) => e.initial_date),
  timepicker: native("time", (e) => e.initial_time),
  datetimepicker: native("datetime-local", (e) => e.initial_date_time, unix, localTime),
  plain_text_input: native("text", (e) => e.initial_value),
  number_input: native("text", (e) => e.initial_value),
  email_text_input: native("email", (e) => e.initial_value),
  url_text_input: native("url", (e) => e.initial_value),
  checkboxes: ticks("checkbox"),
  radio_buttons: ticks("radio"),
  file_input: fileInput,
  image,
};
