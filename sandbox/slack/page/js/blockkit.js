// Block Kit blocks → DOM nodes. What a block may hold is Slack's business (the server refuses the rest); this module
// only shows it. A block that the page does not know says its name instead of disappearing.

import { h, safeUrl } from "./dom.js";
import { element, image as thumb } from "./elements.js";
import * as mrkdwn from "./mrkdwn.js";
import { markdown, richText } from "./richtext.js";

export const blocks = (list, ctx) =>
  h(
    "div",
    { class: "blocks" },
    (list ?? []).map((b) => block(b, ctx)),
  );

function block(b, ctx) {
  const make = BLOCKS[b.type];
  if (!make) return h("div", { class: "block unknown" }, `[${b.type}]`);
  return h("div", { class: `block block-${b.type}`, "data-block": b.block_id }, make(b, ctx));
}

const BLOCKS = {
  section: (b, ctx) => [
    h(
      "div",
      { class: "section-main" },
      b.text && h("div", { class: `text${b.expand ? " expand" : ""}` }, mrkdwn.textObject(b.text)),
      b.fields &&
        h(
          "div",
          { class: "fields" },
          b.fields.map((f) => h("div", { class: "text" }, mrkdwn.textObject(f))),
        ),
    ),
    b.accessory && h("div", { class: "accessory" }, element(b.accessory, b, ctx)),
  ],
  actions: (b, ctx) => b.elements.map((e) => element(e, b, ctx)),
  context: (b) =>
    b.elements.map((e) => (e.type === "image" ? thumb(e) : h("span", { class: "text" }, mrkdwn.textObject(e)))),
  header: (b) =>
    h("div", { class: "block-title", role: "heading", "aria-level": b.level ?? 3 }, mrkdwn.textObject(b.text)),
  divider: () => h("hr"),
  image: (b) => {
    const src = safeUrl(b.image_url ?? b.slack_file?.url ?? "");
    return h(
      "figure",
      {},
      b.title && h("figcaption", {}, mrkdwn.textObject(b.title)),
      src ? h("img", { src, alt: b.alt_text ?? "", loading: "lazy" }) : b.alt_text,
    );
  },
  input,
  rich_text: (b) => h("div", { class: "text" }, richText(b)),
  markdown: (b) => h("div", { class: "text" }, markdown(b.text)),
  table,
  file: (b) => h("div", { class: "file-chip" }, `File ${b.external_id ?? ""}`),
  video: (b) => h("div", { class: "text" }, mrkdwn.textObject(b.title)),
};

function input(b, ctx) {
  const id = `${ctx.key}-${b.block_id}`;
  const error = ctx.errors?.[b.block_id];
  const describedBy = [b.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const label = mrkdwn.plain(b.label.text);
  const node = element(b.element, b, ctx, { id, describedBy, label: b.label.text });
  const field = node.matches?.("input, textarea, button") ? node : node.querySelector?.("input, textarea, button");
  if (error) field?.setAttribute("aria-invalid", "true");
  if (!b.optional) field?.setAttribute("aria-required", "true");
  return [
    h(
      "label",
      { class: "label", for: id },
      label,
      b.optional
        ? h("span", { class: "optional" }, " (optional)")
        : h("span", { class: "required", title: "required" }, " *"),
    ),
    node,
    error && h("div", { class: "field-error", id: `${id}-error`, role: "alert" }, error),
    b.hint && h("div", { class: "hint", id: `${id}-hint` }, mrkdwn.textObject(b.hint)),
  ];
}

function table(b) {
  const settings = b.column_settings ?? [];
  const cell = (c, tag, i) =>
    h(
      tag,
      {
        class: `${settings[i]?.align ?? "left"}${settings[i]?.is_wrapped ? " wrapped" : ""}`,
        scope: tag === "th" ? "col" : null,
      },
      c.type === "rich_text" ? richText(c) : mrkdwn.plain(c.text, false),
    );
  const [head, ...rest] = b.rows;
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "region", "aria-label": "Table" },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((c, i) => cell(c, "th", i)),
        ),
      ),
      h(
        "tbody",
        {},
        rest.map((row) =>
          h(
            "tr",
            {},
            row.map((c, i) => cell(c, "td", i)),
          ),
        ),
      ),
    ),
  );
}

/** Slack's older attachments: a coloured bar, with text or blocks. */
export function attachment(a, ctx) {
  const colour =
    { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" }[a.color] ??
    (a.color ? `#${a.color.replace("#", "")}` : "");
  const fields =
    a.fields?.length &&
    h(
      "div",
      { class: "fields" },
      a.fields.map((f) => h("div", { class: "text" }, h("strong", {}, f.title), h("div", {}, mrkdwn.mrkdwn(f.value)))),
    );
  return h(
    "div",
    { class: "attachment", style: /^#[0-9a-f]{3,8}$/i.test(colour) ? { "--bar": colour } : {} },
    a.pretext && h("div", { class: "text" }, mrkdwn.mrkdwn(a.pretext)),
    a.title && h("strong", {}, a.title),
    a.blocks ? blocks(a.blocks, ctx) : a.text && h("div", { class: "text" }, mrkdwn.mrkdwn(a.text)),
    fields,
    a.footer && h("small", {}, a.footer),
  );
}
