// Slack's mrkdwn → DOM nodes. Text arrives with exactly `&`, `<` and `>` escaped; what is between `<` and `>` is a
// mention, a date or a link. The three escapes are undone only when a text node is made, so typed text stays text.

import { h, link } from "./dom.js";
import { glyph } from "./emoji.js";
import { store } from "./state.js";
import * as time from "./time.js";

export const unescape = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
export const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const FENCE = /```\n?([\s\S]*?)\n?```/;

/** A whole text: code blocks, quotes, lists and lines. */
export function mrkdwn(text, { inline = false } = {}) {
  if (inline) return spans(text ?? "");
  const out = [];
  let rest = text ?? "";
  for (let found = FENCE.exec(rest); found; found = FENCE.exec(rest)) {
    out.push(...lines(rest.slice(0, found.index).replace(/\n$/, "")));
    out.push(h("pre", { class: "fence" }, code(found[1])));
    rest = rest.slice(found.index + found[0].length).replace(/^\n/, "");
  }
  out.push(...lines(rest));
  return out;
}

/** A Block Kit text object: mrkdwn or plain. */
export function textObject(object, options) {
  if (!object) return [];
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn" ? mrkdwn(object.text, options) : plain(object.text, object.emoji !== false);
}

/** Plain text: no formatting and no mentions, emoji shortcodes unless refused. */
export function plain(text, emoji = true) {
  return emoji ? emojis(text ?? "") : [text ?? ""];
}

const LIST = /^(\s*)([•◦▪‣]|\d{1,3}[.)]|-)\s+(.*)$/;

function lines(text) {
  if (!text) return [];
  const out = [];
  let run = [];
  let quote = [];
  const flush = () => {
    if (run.length) out.push(h("div", { class: "line" }, spans(run.join("\n"))));
    if (quote.length)
      out.push(
        h(
          "blockquote",
          {},
          quote.map((q) => h("div", { class: "line" }, q ? spans(q) : "\u200B")),
        ),
      );
    run = [];
    quote = [];
  };
  for (const line of text.split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    const item = LIST.exec(line);
    if (quoted) {
      if (run.length) flush();
      quote.push(quoted[1]);
    } else {
      if (quote.length) flush();
      if (!item) run.push(line);
      else {
        flush();
        const [, indent, marker, body] = item;
        out.push(
          h(
            "div",
            { class: "item", style: { "--indent": Math.floor(indent.length / 2) } },
            h("span", { class: "marker" }, marker === "-" ? "•" : marker),
            h("span", {}, spans(body)),
          ),
        );
      }
    }
  }
  flush();
  return out;
}

// One alternative per kind of span. A style needs something before it that is not a letter, and after it too.
const EDGE = "(?<![\\p{L}\\p{N}_*~])";
const SPAN = new RegExp(
  [
    "(?<angle><[^<>\\n]+>)",
    "`(?<code>[^`\\n]+)`",
    `${EDGE}\\*(?<bold>[^\\s*](?:[^*\\n]*[^\\s*])?)\\*(?![\\p{L}\\p{N}*])`,
    `${EDGE}_(?<italic>[^\\s_](?:[^\\n]*?[^\\s_])?)_(?![\\p{L}\\p{N}_])`,
    `${EDGE}~(?<strike>[^\\s~](?:[^~\\n]*[^\\s~])?)~(?![\\p{L}\\p{N}~])`,
    ":(?<emoji>[a-z0-9_+-]+(?:::skin-tone-\\d)?):",
    "(?<url>https?:\\/\\/[^\\s<>|]+[^\\s<>|.,;:!?)'\"])",
  ].join("|"),
  "gu",
);

function spans(text) {
  const out = [];
  let end = 0;
  for (const found of text.matchAll(SPAN)) {
    const node = span(found.groups, found.index === 0 || text[found.index - 1] === "\n");
    if (!node) continue;
    if (found.index > end) out.push(unescape(text.slice(end, found.index)));
    out.push(node);
    end = found.index + found[0].length;
  }
  if (end < text.length) out.push(unescape(text.slice(end)));
  return out;
}

function span(g, first) {
  if (g.angle) return angle(g.angle.slice(1, -1), first);
  if (g.code) return h("code", {}, code(g.code));
  if (g.bold) return h("strong", {}, spans(g.bold));
  if (g.italic) return h("em", {}, spans(g.italic));
  if (g.strike) return h("s", {}, spans(g.strike));
  if (g.url) return link(unescape(g.url), unescape(g.url));
  return emoji(g.emoji);
}

/** Inside code only the angle brackets mean anything: they show their label. */
const code = (text) => unescape(text.replace(/<(?:[^<>|]+\|)?([^<>]+)>/g, "$1"));

export function emoji(name) {
  const found = glyph(name);
  return found ? h("span", { class: "emoji", title: `:${name}:`, role: "img", "aria-label": name }, found) : null;
}

function emojis(text) {
  const out = [];
  let end = 0;
  for (const found of text.matchAll(/:([a-z0-9_+-]+):/g)) {
    const node = emoji(found[1]);
    if (!node) continue;
    out.push(text.slice(end, found.index), node);
    end = found.index + found[0].length;
  }
  out.push(text.slice(end));
  return out;
}

function angle(content, first) {
  const [head, ...tail] = content.split("|");
  const label = tail.join("|");
  if (head.startsWith("@")) return user(head.slice(1), label);
  if (head.startsWith("#")) return channel(head.slice(1), label);
  if (head.startsWith("!subteam^")) return group(head.slice(9), label);
  if (head.startsWith("!date^")) return date(head.slice(6), unescape(label), first);
  if (head.startsWith("!")) return broadcast(head.slice(1), label);
  return link(unescape(head), label ? spans(label) : unescape(head.replace(/^mailto:/, "")));
}

export function user(id, label) {
  const person = store.people.get(id);
  const mine = id === store.me?.id ? " mine" : "";
  const name = `@${person?.name ?? (unescape(label ?? "") || id)}`;
  if (!person) return h("span", { class: "mention" }, name);
  return h("button", { type: "button", class: `mention${mine}`, "data-person": id }, name);
}

export function channel(id, label) {
  const found = store.channels.get(id);
  const name = found?.name ?? (unescape(label ?? "") || "private-channel");
  if (!found) return h("span", { class: "mention" }, `#${name}`);
  return h("button", { class: "mention", type: "button", "data-channel": id }, `#${name}`);
}

export function group(id, label) {
  const found = store.groups.get(id);
  const mine = found?.users?.includes(store.me?.id) ? " mine" : "";
  return h("span", { class: `mention${mine}` }, `@${found?.handle ?? (unescape(label ?? "").replace(/^@/, "") || id)}`);
}

export const broadcast = (name, label) =>
  h("span", { class: "mention mine" }, `@${unescape(label ?? "").replace(/^@/, "") || name}`);

function date(content, fallback, first) {
  const [seconds, format, url] = content.split("^");
  if (!/^\d+$/.test(seconds) || !format) return h("span", {}, fallback);
  const zone = store.me?.tz;
  const words = time.template(Number(seconds), unescape(format), zone, first);
  const node = h("time", { title: time.full(Number(seconds) * 1000, zone) }, words);
  return url ? link(unescape(url), node) : node;
}
