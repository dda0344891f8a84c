// Short news at the foot of the page, read out by screen readers.

import { h } from "./dom.js";

export function toast(text) {
  const shelf = document.getElementById("toasts");
  const node = h("div", { class: "toast" }, text);
  shelf.append(node);
  if (shelf.children.length > 4) shelf.firstChild.remove();
  setTimeout(() => node.remove(), 6000);
}
