// Light or dark: as the system says, until the person chooses.

import { h, icon, replace } from "./dom.js";

const KEY = "heliograph.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export function start(node) {
  const current = () => localStorage.getItem(KEY) ?? (dark.matches ? "dark" : "light");
  const apply = () => {
    document.documentElement.dataset.theme = current();
    const next = current() === "dark" ? "light" : "dark";
    replace(
      node,
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": `Use the ${next} theme`,
          title: `Use the ${next} theme`,
          onclick: () => {
            localStorage.setItem(KEY, next);
            apply();
          },
        },
        icon(next === "dark" ? "moon" : "sun", 18),
      ),
    );
  };
  dark.addEventListener("change", apply);
  apply();
}
