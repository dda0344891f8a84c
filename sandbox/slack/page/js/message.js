// One message: who, when, what, and what can be done with it.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { attachment, blocks } from "./blockkit.js";
import { context, failure, heldIn } from "./context.js";
import { h, icon, link, safeUrl } from "./dom.js";
import * as emoji from "./emoji.js";
import { pickEmoji } from "./picker.js";
import * as mrkdwn from "./mrkdwn.js";
import { avatar, badges, person } from "./people.js";
import { confirm, menu } from "./popover.js";
import * as route from "./route.js";
import { store } from "./state.js";
import * as time from "./time.js";

/** `place` is { channel, inThread }; `compact` where the one above is by the same person, minutes ago. */
export function message(m, place, compact) {
  const who = person(m.user) ?? { id: m.user ?? m.bot_id, name: m.username ?? "someone", bot: Boolean(m.bot_id) };
  const at = Number(m.ts) * 1000;
  const clock = h("time", { class: "when", title: time.full(at, store.me?.tz) }, time.hourMinute(at, store.me?.tz));
  const node = h(
    "article",
    {
      class: `message${compact ? " compact" : ""}${m.ephemeral ? " ephemeral" : ""}${mentionsMe(m) ? " to-me" : ""}`,
      "data-ts": m.ts,
      tabindex: -1,
      "aria-label": `${who.name}, ${time.hourMinute(at, store.me?.tz)}`,
    },
    h("div", { class: "gutter" }, compact ? clock.cloneNode(true) : avatar(who)),
    h(
      "div",
      { class: "content" },
      m.ephemeral && h("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
      !compact &&
        h(
          "div",
          { class: "byline" },
          h("button", { type: "button", class: "author", "data-person": who.id }, displayName(who)),
          who.bot && h("span", { class: "app-badge" }, "APP"),
          badges(who),
          clock,
        ),
      body(m, place),
      reactions(m, place),
      !place.inThread && threadLink(m, place),
    ),
    !m.local && toolbar(m, place, () => node),
  );
  return node;
}

const displayName = (who) => (who.bot && who.id !== "USLACKBOT" ? capital(who.name) : who.name);
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

function mentionsMe(m) {
  const text = `${m.text ?? ""}${m.blocks ? JSON.stringify(m.blocks) : ""}`;
  if (m.user === store.me?.id) return false;
  return (
    text.includes(`<@${store.me?.id}`) ||
    [...store.groups.values()].some((g) => g.users?.includes(store.me?.id) && text.includes(`<!subteam^${g.id}`))
  );
}

function body(m, place) {
  const edited = m.edited && h("span", { class: "edited" }, " (edited)");
  const ctx = context(`m${m.ts}`, { channel: place.channel, ts: m.ts }, heldIn(m.state));
  return [
    m.blocks?.length && !typed(m)
      ? [blocks(m.blocks, ctx), edited]
      : m.text && h("div", { class: `text${jumbo(m.text)}` }, mrkdwn.mrkdwn(m.text), edited),
    m.attachments?.map((a) => attachment(a, ctx)),
    m.files?.length && h("div", { class: "files" }, m.files.map(file)),
  ];
}

/** Whether the blocks are only what Slack's editor makes of the text; the text says more, as it has the formatting. */
function typed(m) {
  const [first, ...more] = m.blocks;
  const elements = first.elements?.[0]?.elements;
  if (more.length || first.type !== "rich_text" || first.elements.length !== 1 || elements.some((e) => e.style))
    return false;
  const words = (text) => text.replace(/\s+/g, "");
  const said = elements.filter((e) => e.type === "text").map((e) => e.text);
  return words(said.join("")) === words(mrkdwn.unescape(m.text.replace(/<[^<>]*>/g, "")));
}

/** A message of emoji alone is shown large. */
const jumbo = (text) => (/^(:[a-z0-9_+-]+:\s*){1,6}$/.test(text) ? " jumbo" : "");

function file(f) {
  const url = safeUrl(f.url_private ?? f.permalink ?? "");
  const image = /^image\//.test(f.mimetype ?? "") || /^(png|jpe?g|gif|webp)$/.test(f.filetype ?? "");
  const name = f.title || f.name || f.id;
  if (image && url) {
    return h(
      "figure",
      { class: "file-image" },
      h("figcaption", {}, name),
      h(
        "a",
        { href: url, target: "_blank", rel: "noopener" },
        h("img", { src: url, alt: f.alt_txt ?? name, loading: "lazy" }),
      ),
    );
  }
  return h(
    "div",
    { class: "file-card" },
    h(
      "div",
      { class: "file-head" },
      icon("file", 20),
      url ? link(url, name) : h("strong", {}, name),
      f.size !== undefined && h("small", {}, size(f.size)),
    ),
    f.preview && h("pre", { tabindex: 0, "aria-label": name }, f.preview),
    f.lines_more ? h("small", { class: "file-more" }, `${f.lines_more} more lines`) : null,
  );
}

const size = (n) =>
  n < 1024 ? `${n} bytes` : n < 1_048_576 ? `${(n / 1024).toFixed(1)} kB` : `${(n / 1_048_576).toFixed(1)} MB`;

function reactions(m, place) {
  const list = m.reactions ?? [];
  if (!list.length) return null;
  return h(
    "div",
    { class: "reactions" },
    list.map((r) => {
      const mine = r.users?.includes(store.me?.id);
      const names = (r.users ?? []).map((id) => person(id)?.name ?? id).join(", ");
      return h(
        "button",
        {
          type: "button",
          class: `reaction${mine ? " mine" : ""}`,
          title: `${names} reacted with :${r.name}:`,
          "aria-pressed": Boolean(mine),
          "aria-label": `${r.name}, ${r.count ?? r.users?.length}`,
          "data-reaction": r.name,
          onclick: () => actions.attempt(api.react(place.channel, m.ts, r.name, mine)),
        },
        h("span", { class: "emoji" }, emoji.glyph(r.name) ?? `:${r.name}:`),
        h("span", { class: "count" }, r.count ?? r.users?.length),
      );
    }),
    h(
      "button",
      {
        type: "button",
        class: "reaction add",
        "aria-label": "Add a reaction",
        onclick: (e) => addReaction(e.currentTarget, m, place),
      },
      icon("smile", 15),
    ),
  );
}

const addReaction = (anchor, m, place) =>
  pickEmoji(anchor, (name) => {
    const mine = m.reactions?.find((r) => r.name === name)?.users?.includes(store.me?.id);
    return actions.attempt(api.react(place.channel, m.ts, name, mine));
  });

function threadLink(m, place) {
  const count = m.thread?.reply_count ?? m.reply_count ?? 0;
  if (!count) return null;
  const who = [...new Set(m.thread?.users ?? m.reply_users ?? [])].slice(0, 4);
  const last = Number(m.thread?.latest_reply ?? m.latest_reply) * 1000;
  return h(
    "button",
    { type: "button", class: "thread-link", onclick: () => actions.openThread(place.channel, m.thread_ts ?? m.ts) },
    who.map((id) => avatar(person(id), 22)),
    h("b", {}, `${count} ${count === 1 ? "reply" : "replies"}`),
    last ? h("span", { class: "last-reply" }, `Last reply ${time.ago(last)}`) : null,
  );
}

function toolbar(m, place, self) {
  if (m.ephemeral) return null;
  const tool = (name, label, run) =>
    h(
      "button",
      { type: "button", "aria-label": label, title: label, onclick: (e) => run(e.currentTarget) },
      icon(name, 17),
    );
  return h(
    "div",
    { class: "tools", role: "toolbar", "aria-label": "Message actions" },
    ["eyes", "white_check_mark"].map((name) =>
      h(
        "button",
        {
          type: "button",
          "aria-label": `React with ${name}`,
          title: `:${name}:`,
          onclick: () =>
            actions.attempt(
              api.react(
                place.channel,
                m.ts,
                name,
                m.reactions?.find((r) => r.name === name)?.users?.includes(store.me?.id),
              ),
            ),
        },
        emoji.glyph(name),
      ),
    ),
    tool("smile", "Add a reaction", (anchor) => addReaction(anchor, m, place)),
    !place.inThread && tool("reply", "Reply in thread", () => actions.openThread(place.channel, m.thread_ts ?? m.ts)),
    tool("more", "More actions", (anchor) => more(anchor, m, place, self())),
  );
}

function more(anchor, m, place, node) {
  const own = m.user === store.me?.id && !m.bot_id;
  const shortcuts = store.shortcuts
    .filter((s) => s.type !== "global")
    .map((s) => ({
      label: s.name,
      icon: icon("bolt", 16),
      note: "Heliograph",
      run: () => run(s, place, m),
    }));
  const items = [
    ...shortcuts,
    shortcuts.length ? null : undefined,
    { label: "Copy link", icon: icon("clip", 16), run: () => copyLink(m, place) },
    own && { label: "Edit message", icon: icon("pencil", 16), run: () => edit(node, m, place) },
    own && { label: "Delete message…", icon: icon("trash", 16), danger: true, run: () => remove(m, place) },
  ].filter((i) => i !== undefined && i !== false);
  menu(anchor, items, { label: "More actions", align: "end" });
}

const copyLink = (m, place) =>
  navigator.clipboard?.writeText(
    new URL(route.address({ channel: place.channel, thread: m.thread_ts ?? m.ts }), location.href).href,
  );

async function run(shortcut, place, m) {
  const answer = await actions.attempt(api.shortcut(shortcut.callback_id, { channel: place.channel, ts: m.ts }));
  if (answer && answer.acked === false) actions.whisper(place.channel, failure(answer.error));
}

async function remove(m, place) {
  const sure = await confirm({
    title: "Delete message",
    text: "Are you sure you want to delete this message? This cannot be undone.",
    yes: "Delete",
    danger: true,
  });
  if (sure) await actions.attempt(api.remove(place.channel, m.ts));
}

function edit(node, m, place) {
  const field = h("textarea", {
    class: "field",
    rows: 2,
    value: mrkdwn.unescape(m.text),
    "aria-label": "Edit message",
  });
  const text = node.querySelector(".content .text");
  const done = () => form.replaceWith(text);
  const save = async () => {
    if (
      await actions.attempt(
        api.edit(place.channel, m.ts, mrkdwn.escape(field.value).replace(/&lt;([@#!][^&]*)&gt;/g, "<$1>")),
      )
    )
      done();
  };
  const form = h(
    "form",
    {
      class: "edit-form",
      onsubmit: (e) => {
        e.preventDefault();
        save();
      },
    },
    field,
    h(
      "div",
      { class: "edit-foot" },
      h("button", { type: "button", class: "btn", onclick: done }, "Cancel"),
      h("button", { type: "submit", class: "btn primary" }, "Save"),
    ),
  );
  field.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      e.stopPropagation();
      done();
    }
    if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      save();
    }
  });
  text.replaceWith(form);
  field.focus();
}
