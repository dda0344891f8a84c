// The app's own pages: Home, which the app publishes for each person, Messages, the direct messages with it, and About.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { blocks } from "./blockkit.js";
import { context, heldIn } from "./context.js";
import { h, mark, replace } from "./dom.js";
import { store } from "./state.js";

export const TABS = [
  ["home", "Home"],
  ["messages", "Messages"],
];

let drawn = { as: null, print: null };

/** Opens the Home tab, which the app hears of, and draws what it published. */
export async function open(node) {
  drawn = { as: store.as, print: null };
  replace(node, h("div", { class: "loading", role: "status" }, "Loading…"));
  const answer = await actions.attempt(api.home());
  if (answer) draw(node, answer.view);
}

/** Draws again what the app published, without opening the tab again. */
export async function refresh(node) {
  const as = store.as;
  const answer = await actions.attempt(api.published());
  if (answer && as === store.as) draw(node, answer.view);
}

function draw(node, view) {
  const print = JSON.stringify(view ? { ...view, state: null } : null);
  if (drawn.as === store.as && drawn.print === print) return;
  drawn = { as: store.as, print };
  const top = node.scrollTop;
  if (!view) {
    return replace(
      node,
      h(
        "div",
        { class: "empty" },
        mark(64),
        h("h2", {}, "Heliograph"),
        h("p", {}, "Nothing has been published here yet. The app may still be starting."),
      ),
    );
  }
  const ctx = context(`home-${store.as}`, { view_id: view.id }, heldIn(view.state));
  replace(node, h("div", { class: "home-body" }, blocks(view.blocks, ctx)));
  node.scrollTop = top;
}
