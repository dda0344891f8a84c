// The pane on the right: one thread.

import * as actions from "./actions.js";
import { composer } from "./composer.js";
import { h, icon, replace } from "./dom.js";
import { merged, MessageList } from "./messages.js";
import { on, store, title } from "./state.js";

let list = null;
let key = null;

export function start(node) {
  on("view", () => show(node));
  on("messages", (channel) => channel === store.view.channel && draw());
  addEventListener("keydown", (event) => {
    if (
      event.key === "Escape" &&
      store.view.thread &&
      !event.defaultPrevented &&
      !document.querySelector("dialog[open]")
    )
      actions.closeThread();
  });
}

function show(node) {
  const { channel, thread } = store.view;
  const wanted = thread ? `${store.as} ${channel}/${thread}` : null;
  document.body.classList.toggle("with-thread", Boolean(thread));
  node.hidden = !thread;
  if (wanted === key) return draw();
  key = wanted;
  list = null;
  replace(node);
  if (!thread) return;
  const scroll = h("div", { class: "scroll messages", tabindex: 0, role: "log", "aria-label": "Thread" });
  list = new MessageList(scroll, { channel, inThread: true });
  const writer = composer({ channel, thread, placeholder: "Reply…" });
  replace(
    node,
    h(
      "header",
      { class: "pane-head" },
      h(
        "div",
        { class: "head-main" },
        h("h1", {}, "Thread"),
        h("span", { class: "topic" }, `#${title(store.channels.get(channel))}`),
      ),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close thread",
          title: "Close (Esc)",
          onclick: actions.closeThread,
        },
        icon("close"),
      ),
    ),
    scroll,
    writer.node,
  );
  draw();
  if (matchMedia("(hover: hover)").matches) writer.focus();
}

function draw() {
  const { channel, thread } = store.view;
  const found = list && merged(`${channel}/${thread}`, channel, thread);
  if (!found) return;
  const replies = found.length - 1;
  list.show(
    found,
    (m) =>
      m.ts === thread &&
      replies > 0 &&
      h(
        "div",
        { class: "reply-count", role: "separator" },
        h("span", {}, `${replies} ${replies === 1 ? "reply" : "replies"}`),
      ),
  );
}
