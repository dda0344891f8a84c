// The middle of the page: a channel, a direct message, or one of the app's own tabs.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { composer } from "./composer.js";
import { h, icon, replace } from "./dom.js";
import * as hints from "./hints.js";
import * as home from "./home.js";
import { merged, MessageList } from "./messages.js";
import * as mrkdwn from "./mrkdwn.js";
import { avatar, badges } from "./people.js";
import { appChannel, imPeer, on, store, title } from "./state.js";

let list = null;
let writer = null;
let homeNode = null;
let waiting = null;

export function start(node) {
  on("view", (where) => show(node, where));
  on("state", () => {
    replace(node.querySelector(".pane-head") ?? h("div"), head());
    // The direct message with the app exists from the first word on.
    if (store.view.pane === "messages" && !store.view.channel && appChannel()) actions.follow();
  });
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
  const joined = Boolean(store.channels.get(store.view.channel)?.member) !== Boolean(writer);
  const same = node.dataset.as === store.as && !moved && !(list && joined) && node.childElementCount;
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
        h(
          "p",
          {},
          pane === "messages"
            ? "You and Heliograph have not written to each other yet."
            : "This person is in no channel.",
        ),
      ),
      pane === "messages" && store.app && composer({ channel: store.app.id, placeholder: "Message Heliograph" }).node,
    );
    return;
  }
  list = new MessageList(scroll, { channel });
  list.firstUnread = undefined;
  waiting = h("div", { class: "waiting", role: "status" });
  const c = store.channels.get(channel);
  writer = c.member ? composer({ channel, placeholder: `Message ${called(c)}` }) : null;
  replace(node, top, scroll, hints.card(), waiting, writer?.node ?? joinBar(c));
  drawMessages();
  if (matchMedia("(hover: hover)").matches) writer?.focus();
}

const called = (c) => (c.kind === "im" ? (imPeer(c) === store.app?.id ? "Heliograph" : title(c)) : `#${c.name}`);

/** A public channel that the person looks into without being in it. */
function joinBar(c) {
  const join = async () => {
    if (await actions.attempt(api.join(c.id))) await actions.readState();
    actions.openChannel(c.id);
  };
  return h(
    "div",
    { class: "join-bar" },
    h("span", {}, "You are looking into ", h("b", {}, `#${c.name}`)),
    h("button", { type: "button", class: "btn primary", onclick: join }, "Join channel"),
  );
}

function drawMessages() {
  const { channel } = store.view;
  const found = list && merged(channel, channel);
  if (!found) return;
  if (list.firstUnread === undefined) list.firstUnread = firstUnread(channel, found);
  list.show(found);
  if (!found.length) replace(list.node, beginning(channel));
  actions.markRead(channel);
}

/** Where what the person has not read begins. */
function firstUnread(channel, messages) {
  const { unread, last_read: last } = store.channels.get(channel) ?? {};
  if (!unread) return null;
  return messages.find((m) => Number(m.ts) > Number(last || 0) && m.user !== store.me?.id)?.ts ?? null;
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
