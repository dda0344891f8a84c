// Three things to try, for who is here for the first time. Closed once, it stays closed.

import { h, icon, mark } from "./dom.js";
import { store } from "./state.js";
import * as time from "./time.js";

const KEY = "heliograph.hints";

const REGIONS = {
  "America/Los_Angeles": ["vega", "us"],
  "Europe/Berlin": ["mira", "eu"],
  "Asia/Kolkata": ["spica", "in"],
  "Australia/Sydney": ["canopus", "au"],
};

/** The region where the working day is on now; somewhere it always is, or nearly. */
function awake() {
  const hour = (zone) => Number(time.parts(time.now(), zone).hour);
  const zones = Object.keys(REGIONS);
  return REGIONS[
    zones.find((z) => hour(z) >= 8 && hour(z) < 16) ?? zones.find((z) => hour(z) >= 6 && hour(z) < 20) ?? zones[1]
  ];
}

function tries() {
  const [name, region] = awake();
  const as = `U0${name.toUpperCase()}`;
  return [
    {
      title: "Ask for support",
      words: "As opal in #aurora-support, type /request",
      as: "U0OPAL",
      channel: "C0AURORA",
      draft: "/request ",
    },
    {
      title: "Take the request",
      words: `As ${name}, the engineer whose day it is, in #triage-${region}`,
      as,
      channel: `C0TRIAGE${region.toUpperCase()}`,
    },
    {
      title: "Watch the handoff",
      words: "Press Next handoff above, then +15 min, in #handoff",
      as,
      channel: "C0HANDOFF",
    },
  ];
}

export function card() {
  if (localStorage.getItem(KEY) === "closed") return null;
  const node = h(
    "aside",
    { class: "hints", "aria-label": "What to try" },
    h(
      "div",
      { class: "hints-head" },
      mark(22),
      h("b", {}, "New here? Three things to try"),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close the hints", onclick: close },
        icon("close", 16),
      ),
    ),
    h(
      "div",
      { class: "hints-row" },
      tries().map((t, i) =>
        h(
          "a",
          { class: "hint-card", href: href(t) },
          h("span", { class: "hint-number" }, i + 1),
          h("span", {}, h("b", {}, t.title), h("small", {}, t.words)),
        ),
      ),
    ),
  );
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
