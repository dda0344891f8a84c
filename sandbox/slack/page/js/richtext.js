// `rich_text` blocks (what Slack's own editor writes) and the `markdown` block (standard Markdown) → DOM nodes.

import { h, link } from "./dom.js";
import * as mrkdwn from "./mrkdwn.js";
import { store } from "./state.js";
import * as time from "./time.js";

export const richText = (block) => (block.elements ?? []).map(part);

function part(element) {
  const children = element.elements ?? [];
  switch (element.type) {
    case "rich_text_preformatted":
      return h(
        "pre",
        { class: "fence" },
        children.map((e) => e.text ?? e.url ?? ""),
      );
    case "rich_text_quote":
      return h("blockquote", {}, h("div", { class: "line" }, children.map(inline)));
    case "rich_text_list":
      return h(
        element.style === "ordered" ? "ol" : "ul",
        { style: { "--indent": element.indent ?? 0 }, start: element.offset ? element.offset + 1 : null },
        children.map((item) => h("li", {}, (item.elements ?? []).map(inline))),
      );
    default:
      return h("div", { class: "line" }, children.map(inline));
  }
}

function inline(e) {
  switch (e.type) {
    case "text":
      return styled(e.text, e.style);
    case "link":
      return styled(link(e.url, e.text || e.url), e.style);
    case "user":
      return mrkdwn.user(e.user_id);
    case "channel":
      return mrkdwn.channel(e.channel_id);
    case "usergroup":
      return mrkdwn.group(e.usergroup_id);
    case "broadcast":
      return mrkdwn.broadcast(e.range);
    case "emoji":
      return mrkdwn.emoji(e.name) ?? `:${e.name}:`;
    case "color":
      return h("code", {}, e.value);
    case "date":
      return h("time", {}, time.template(e.timestamp, e.format ?? "{date_short_pretty}", store.me?.tz, false));
    default:
      return e.text ?? "";
  }
}

function styled(content, style = {}) {
  let node = content;
  if (style.code) node = h("code", {}, node);
  if (style.bold) node = h("strong", {}, node);
  if (style.italic) node = h("em", {}, node);
  if (style.strike) node = h("s", {}, node);
  return node;
}

/** The Markdown that a `markdown` block may hold: headings, lists, quotes, fences, tables, rules and spans. */
export function markdown(text) {
  const out = [];
  const rows = text.split("\n");
  while (rows.length) out.push(...markdownBlock(rows));
  return out;
}

function markdownBlock(rows) {
  const take = (test, strip) => {
    const taken = [];
    while (rows.length && test.test(rows[0])) taken.push(rows.shift().replace(strip ?? "", ""));
    return taken;
  };
  const row = rows[0];
  if (!row.trim()) return rows.shift() && [];
  if (row.startsWith("```")) {
    rows.shift();
    const body = take(/^(?!```)/);
    rows.shift();
    return [h("pre", { class: "fence" }, body.join("\n"))];
  }
  const heading = /^(#{1,6})\s+(.*)$/.exec(row);
  if (heading) {
    rows.shift();
    return [
      h(
        "div",
        { class: `md-heading md-${heading[1].length}`, role: "heading", "aria-level": heading[1].length + 2 },
        markdownSpans(heading[2]),
      ),
    ];
  }
  if (/^(-{3,}|\*{3,})\s*$/.test(row)) return rows.shift() && [h("hr")];
  if (/^>/.test(row))
    return [
      h(
        "blockquote",
        {},
        take(/^>/, /^> ?/).map((l) => h("div", { class: "line" }, markdownSpans(l))),
      ),
    ];
  if (/^\|.*\|\s*$/.test(row)) return [markdownTable(take(/^\|/))];
  if (/^\s*[-*+]\s+/.test(row))
    return [
      h(
        "ul",
        {},
        take(/^\s*[-*+]\s+/, /^\s*[-*+]\s+/).map((l) => h("li", {}, markdownSpans(l))),
      ),
    ];
  if (/^\s*\d+[.)]\s+/.test(row))
    return [
      h(
        "ol",
        {},
        take(/^\s*\d+[.)]\s+/, /^\s*\d+[.)]\s+/).map((l) => h("li", {}, markdownSpans(l))),
      ),
    ];
  rows.shift();
  return [h("div", { class: "line" }, markdownSpans(row))];
}

function markdownTable(rows) {
  const cells = rows.map((r) =>
    r
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((c) => c.trim()),
  );
  const body = cells.filter((r) => !r.every((c) => /^:?-+:?$/.test(c)));
  return h(
    "div",
    { class: "table-scroll" },
    h(
      "table",
      {},
      h(
        "tbody",
        {},
        body.map((r, i) =>
          h(
            "tr",
            {},
            r.map((c) => h(i ? "td" : "th", {}, markdownSpans(c))),
          ),
        ),
      ),
    ),
  );
}

const MARKDOWN =
  /`([^`]+)`|\*\*(.+?)\*\*|__(.+?)__|~~(.+?)~~|(?<!\w)[*_](\S(?:.*?\S)?)[*_](?!\w)|\[([^\]]+)\]\(([^)\s]+)\)/gu;

function markdownSpans(text) {
  const out = [];
  let end = 0;
  for (const m of text.matchAll(MARKDOWN)) {
    out.push(...mrkdwn.mrkdwn(text.slice(end, m.index), { inline: true }));
    if (m[1]) out.push(h("code", {}, m[1]));
    else if (m[2] || m[3]) out.push(h("strong", {}, markdownSpans(m[2] ?? m[3])));
    else if (m[4]) out.push(h("s", {}, markdownSpans(m[4])));
    else if (m[5]) out.push(h("em", {}, markdownSpans(m[5])));
    else out.push(link(m[7], markdownSpans(m[6])));
    end = m.index + m[0].length;
  }
  out.push(...mrkdwn.mrkdwn(text.slice(end), { inline: true }));
  return out;
}
