// The middle of the page: a channel, a direct message, or one of the app's own tabs.

import * as actions from "./actions.js";
import { composer } from "./composer.js";
import { h, icon, replace } from "./dom.js";
import * as hints from "./hints.js";
import * as home from "./home.js";
import { merged, MessageList } from "./messages.js";
import * as mrkdwn from "./mrkdwn.js";
import { avatar, badges } from "./people.js";
import { imPeer, on, store, title } from "./state.js";

let list = null;
let writer = null;
let homeNode = null;
let waiting = null;

export function start(node) {
  on("view", (where) => show(node, where));
  on("state", () => replace(node.querySelector(".pane-head") ?? h("div"), head()));
  on("messages", (channel) => channel === store.view.channel && drawMessages());
  on("home", () => store.view.pane === "home" && homeNode && home.refresh(homeNode));
  on("pending", ({ channel, name }) => {
    if (waiting && channel === store.view.channel)
      replace(waiting, name && [h("span", { class: "spinner" }), `${name} is running…`]);
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-channel].mention");
    if (target) actions.openChannel(target.dataset.channel);
  });
}

export const focusComposer = () => writer?.focus();

function show(node, { moved, draft }) {
  const same = node.dataset.as === store.as && !moved && node.childElementCount;
  if (!same) build(node);
  else if (!store.view.thread) drawMessages();
  if (draft) writer?.fill(draft);
}

function build(node) {
  const { pane, channel } = store.view;
  node.dataset.as = store.as;
  list = writer = homeNode = waiting = null;
  const top = h("header", { class: "pane-head" }, head());
  if (pane === "home") {
    homeNode = h("div", { class: "scroll home", tabindex: 0, role: "region", "aria-label": "App Home" });
    replace(node, top, homeNode);
    home.open(homeNode);
    return;
  }
  const scroll = h("div", {
    class: "scroll messages",
    role: "log",
    "aria-label": `Messages in ${title(store.channels.get(channel))}`,
    tabindex: 0,
  });
  if (!channel) {
    replace(
      node,
      top,
      h(
        "div",
        { class: "empty" },
        h("h2", {}, "Nothing here yet"),
        h("p", {}, pane === "messages" ? "Heliograph has not written to you yet." : "This person sees no channel."),
      ),
    );
    return;
  }
  list = new MessageList(scroll, { channel });
  list.firstUnread = undefined;
  waiting = h("div", { class: "waiting", role: "status" });
  writer = composer({
    channel,
    placeholder: `Message ${pane === "messages" ? "Heliograph" : `${store.channels.get(channel)?.kind === "im" ? "" : "#"}${title(store.channels.get(channel))}`}`,
  });
  replace(node, top, scroll, hints.card(), waiting, writer.node);
  drawMessages();
  if (matchMedia("(hover: hover)").matches) writer.focus();
}

function drawMessages() {
  const { channel } = store.view;
  const found = list && merged(channel, channel);
  if (!found) return;
  if (list.firstUnread === undefined) list.firstUnread = firstUnread(channel, found);
  list.show(found.length ? found : [], undefined);
  if (!found.length) replace(list.node, beginning(channel));
  actions.markRead(channel);
}

/** Counted from the end, as the state says only how many are unread. */
function firstUnread(channel, messages) {
  const unread = store.channels.get(channel)?.unread ?? 0;
  const others = messages.filter((m) => m.user !== store.me?.id && !m.ephemeral);
  return unread > 0 ? (others.at(-unread)?.ts ?? null) : null;
}

function beginning(channel) {
  const c = store.channels.get(channel);
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, c?.kind === "im" ? title(c) : `#${title(c)}`),
    h("p", {}, "This is the very beginning. Write something, or run a command with /."),
  );
}

function head() {
  const { pane, channel } = store.view;
  if (pane !== "channel") return appHead(pane);
  const c = store.channels.get(channel);
  if (!c) return [];
  if (c.kind === "im") {
    const who = store.people.get(imPeer(c));
    return h("div", { class: "head-main" }, h("h1", {}, avatar(who, 26), title(c)), who && badges(who));
  }
  return [
    h(
      "div",
      { class: "head-main" },
      h("h1", {}, icon(c.kind === "private" ? "lock" : "hash", 19), c.name),
      c.shared && h("span", { class: "badge ext" }, icon("shared", 14), "shared with another workspace"),
      c.topic && h("span", { class: "topic", title: c.topic }, mrkdwn.mrkdwn(c.topic, { inline: true })),
    ),
    members(c),
  ];
}

function members(c) {
  const ids = c.members ?? [];
  if (!ids.length) return null;
  const people = ids.map((id) => store.people.get(id)).filter((p) => p && !p.bot);
  return h(
    "div",
    { class: "members", title: people.map((p) => p.name).join(", ") },
    people.slice(0, 3).map((p) => avatar(p, 22)),
    h("span", {}, people.length),
  );
}

const appHead = (pane) => [
  h(
    "div",
    { class: "head-main" },
    h("h1", {}, avatar(store.app, 28), "Heliograph", h("span", { class: "app-badge" }, "APP")),
  ),
  h(
    "div",
    { class: "tabs", role: "tablist" },
    home.TABS.map(([key, label]) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          "aria-selected": pane === key,
          class: pane === key ? "current" : "",
          onclick: () => actions.openApp(key),
        },
        label,
      ),
    ),
  ),
];
