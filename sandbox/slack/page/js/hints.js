// Three things to try, for who is here for the first time. Closed once, it stays closed.

import { h, icon, mark } from "./dom.js";
import { store } from "./state.js";

const KEY = "heliograph.hints";

const TRIES = [
  { title: "Ask for support", words: "As opal in #aurora-support, type /request", as: "U0OPAL", channel: "C0AURORA", draft: "/request " },
  { title: "Take the request", words: "As mira, on duty in Europe, open #triage-eu", as: "U0MIRA", channel: "C0TRIAGEEU" },
  { title: "Watch the handoff", words: "Move the clock to the next handoff, then look into #handoff", as: "U0MIRA", channel: "C0HANDOFF" },
];

export function card() {
  if (localStorage.getItem(KEY) === "closed") return null;
  const node = h("aside", { class: "hints", "aria-label": "What to try" },
    h("div", { class: "hints-head" }, mark(22), h("b", {}, "New here? Three things to try"),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close the hints", onclick: close }, icon("close", 16))),
    h("div", { class: "hints-row" }, TRIES.map((t, i) => h("a", { class: "hint-card", href: href(t) },
      h("span", { class: "hint-number" }, i + 1), h("span", {}, h("b", {}, t.title), h("small", {}, t.words))))));
  function close() {
    localStorage.setItem(KEY, "closed");
    node.remove();
  }
  return node;
}

function href({ as, channel, draft }) {
  const query = new URLSearchParams({ as, channel });
  if (draft && store.as) query.set("draft", draft);
  return `#${query}`;
}
