// Modals: the top of the person's stack, as a dialog. What was filled in survives an update of the view as long as
// the ids of the blocks stay, as in Slack. Slack checks that required fields are filled before the app hears of it.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { blocks } from "./blockkit.js";
import { context, failure, heldIn } from "./context.js";
import { h, icon, mark, replace } from "./dom.js";
import * as mrkdwn from "./mrkdwn.js";
import { on } from "./state.js";

const forms = new Map();
let dialog = null;
let shown = null;

export function start() {
  on("views", show);
}

function show(stack) {
  const open = new Set(stack.map((v) => v.id));
  for (const id of forms.keys()) if (!open.has(id)) forms.delete(id);
  const top = stack.at(-1);
  if (!top) return hide();
  const print = JSON.stringify({ ...top, state: null });
  if (shown?.print === print) return;
  if (!forms.has(top.id)) forms.set(top.id, heldIn(top.state));
  const same = shown?.id === top.id;
  shown = { id: top.id, print, view: top, depth: stack.length };
  draw({}, same);
}

function hide() {
  shown = null;
  dialog?.close();
  dialog?.remove();
  dialog = null;
}

/** Draws the shown view with `errors` by block. `keep` leaves the scroll position and the focused field. */
function draw(errors, keep) {
  if (!dialog) {
    dialog = h("dialog", { class: "modal", "aria-labelledby": "modal-title" });
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      closeView();
    });
    document.body.append(dialog);
    dialog.showModal();
  }
  const { view, depth } = shown;
  const focused = document.activeElement?.dataset?.action;
  const scroll = dialog.querySelector(".modal-body")?.scrollTop ?? 0;
  const more = { errors, values: () => values(view) };
  const ctx = context(view.id, { view_id: view.id }, forms.get(view.id), more);
  const body = h("div", { class: "modal-body" }, blocks(view.blocks, ctx));
  const submit = view.submit && h("button", { type: "submit", class: "btn primary" }, mrkdwn.textObject(view.submit));
  const form = h(
    "form",
    {
      novalidate: true,
      "data-view": view.id,
      onsubmit: (event) => {
        event.preventDefault();
        submitView(form, submit);
      },
    },
    h(
      "header",
      { class: "modal-head" },
      h("span", { class: "modal-mark" }, mark(20)),
      h("h2", { id: "modal-title" }, mrkdwn.textObject(view.title)),
      depth > 1 && h("span", { class: "depth", title: "Views on top of each other" }, `${depth} of 3`),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: closeView }, icon("close")),
    ),
    body,
    h("div", { class: "modal-error", role: "alert" }),
    h(
      "footer",
      { class: "modal-foot" },
      h(
        "button",
        { type: "button", class: "btn", onclick: closeView },
        view.close ? mrkdwn.textObject(view.close) : submit ? "Cancel" : "Close",
      ),
      submit,
    ),
  );
  replace(dialog, form);
  if (keep) body.scrollTop = scroll;
  const first = Object.keys(errors).length
    ? dialog.querySelector("[aria-invalid]")
    : keep && focused
      ? [...dialog.querySelectorAll("[data-action]")].find((n) => n.dataset.action === focused)
      : dialog.querySelector(".modal-body :is(input, textarea, .select)");
  first?.focus();
  first?.scrollIntoView({ block: "nearest" });
}

/** What the blocks of the view hold now; fields of blocks that an update took away are not sent. */
function values(view) {
  const form = forms.get(view.id) ?? new Map();
  return Object.fromEntries(
    view.blocks.filter((b) => form.has(b.block_id)).map((b) => [b.block_id, form.get(b.block_id)]),
  );
}

const isEmpty = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/** What Slack itself refuses: required fields that are empty, malformed addresses and numbers. */
export function mistakes(view, held) {
  const errors = {};
  for (const b of view.blocks.filter((one) => one.type === "input")) {
    const value = held[b.block_id]?.[b.element.action_id];
    if (isEmpty(value)) {
      if (!b.optional) errors[b.block_id] = "Please complete this required field.";
      continue;
    }
    const error = CHECKS[b.element.type]?.(value, b.element);
    if (error) errors[b.block_id] = error;
  }
  return errors;
}

const CHECKS = {
  plain_text_input: (v, e) => v.length < (e.min_length ?? 0) && `Please write at least ${e.min_length} characters.`,
  email_text_input: (v) => !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(v) && "Please enter a valid email address.",
  url_text_input: (v) => !/^https?:\/\/\S+$/.test(v) && "Please enter a valid URL.",
  number_input: (v, e) => {
    const n = Number(v);
    if (Number.isNaN(n) || (!e.is_decimal_allowed && !Number.isInteger(n))) return "Please enter a valid number.";
    if (e.min_value !== undefined && n < Number(e.min_value))
      return `Please enter a number of at least ${e.min_value}.`;
    return e.max_value !== undefined && n > Number(e.max_value) && `Please enter a number of at most ${e.max_value}.`;
  },
};

async function submitView(form, button) {
  const { view } = shown;
  const held = values(view);
  const errors = mistakes(view, held);
  if (Object.keys(errors).length) return draw(errors, true);
  form.classList.add("sending");
  button.disabled = true;
  try {
    const answer = await api.submit(view.id, held);
    if (answer.errors && shown?.id === view.id) return draw(answer.errors, true);
    if (answer.error) return fail(form, failure(answer.error));
    await actions.readViews();
  } catch (error) {
    fail(form, error.message);
  } finally {
    form.classList.remove("sending");
    button.disabled = false;
  }
}

function fail(form, text) {
  replace(form.querySelector(".modal-error"), icon("warn", 15), "We had some trouble connecting. ", text);
}

async function closeView() {
  if (!shown) return;
  await actions.attempt(api.close(shown.view.id));
  await actions.readViews();
}
