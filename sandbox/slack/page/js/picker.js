// The small emoji picker of reactions and of the composer.

import { h, replace } from "./dom.js";
import * as emoji from "./emoji.js";
import { isOpen, closeTop, popover, walk } from "./popover.js";

export function pickEmoji(anchor, picked) {
  if (isOpen(anchor)) return closeTop();
  const tile = (name) =>
    h(
      "button",
      {
        type: "button",
        class: "emoji-tile",
        title: `:${name}:`,
        "aria-label": name,
        "data-emoji": name,
        onclick: () => {
          close();
          picked(name);
        },
      },
      emoji.glyph(name),
    );
  const grid = h("div", { class: "emoji-grid" });
  const all = () =>
    replace(
      grid,
      emoji.groups.map((g) => [
        h("div", { class: "option-group" }, g.title),
        h(
          "div",
          { class: "emoji-row" },
          g.pairs.map(([name]) => tile(name)),
        ),
      ]),
    );
  const input = h("input", {
    class: "filter",
    type: "text",
    placeholder: "Find an emoji",
    "aria-label": "Find an emoji",
    autocomplete: "off",
    oninput: () =>
      input.value ? replace(grid, h("div", { class: "emoji-row" }, emoji.find(input.value, 40).map(tile))) : all(),
    onkeydown: (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      grid.querySelector("button")?.click();
    },
  });
  const box = h(
    "div",
    { onkeydown: (event) => walk(event, grid) },
    h("div", { class: "emoji-quick" }, emoji.quick.map(tile)),
    input,
    grid,
  );
  all();
  const close = popover(anchor, box, { className: "emoji-picker", label: "Emoji", align: "end" });
  input.focus();
}
