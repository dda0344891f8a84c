// Menus, pickers and tooltips that float over the page. One stack of them: Esc and a click elsewhere close the top.

import { h } from "./dom.js";

const open = [];

/** Shows `content` beside `anchor`. → a function that closes it. */
export function popover(anchor, content, { label, role = "dialog", className = "", align = "start", onClose } = {}) {
  const box = h("div", { class: `popover ${className}`, role, "aria-label": label }, content);
  const before = document.activeElement;
  (anchor.closest("dialog") ?? document.body).append(box);
  const entry = { box, anchor, close };
  open.push(entry);
  anchor.setAttribute("aria-expanded", "true");
  place(box, anchor, align);

  function close(focus = true) {
    if (!open.includes(entry)) return;
    open.splice(open.indexOf(entry), 1);
    box.remove();
    anchor.setAttribute("aria-expanded", "false");
    onClose?.();
    if (focus && before?.isConnected) before.focus({ preventScroll: true });
  }
  return close;
}

export const isOpen = (anchor) => open.some((e) => e.anchor === anchor);

export function closeAll() {
  while (open.length) open.at(-1).close(false);
}

/** → whether one was open. */
export function closeTop() {
  open.at(-1)?.close();
  return open.length > 0;
}

function place(box, anchor, align) {
  const a = anchor.getBoundingClientRect();
  const b = box.getBoundingClientRect();
  const gap = 6;
  const below = innerHeight - a.bottom - gap;
  const top = below >= b.height || below >= a.top ? a.bottom + gap : a.top - b.height - gap;
  const left = align === "end" ? a.right - b.width : a.left;
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - b.width - 8))}px`;
  box.style.top = `${Math.max(8, Math.min(top, innerHeight - b.height - 8))}px`;
}

addEventListener(
  "pointerdown",
  (event) => {
    const top = open.at(-1);
    if (top && !top.box.contains(event.target) && !top.anchor.contains(event.target)) top.close(false);
  },
  true,
);

addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !open.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    closeTop();
  },
  true,
);

addEventListener("resize", closeAll);

/** A menu of `{ label, icon?, danger?, url?, run }`, and null for a line between. */
export function menu(anchor, items, { label, align } = {}) {
  if (isOpen(anchor)) return closeTop();
  const rows = items.map((item) =>
    item === null
      ? h("hr")
      : h(
          "button",
          {
            type: "button",
            role: "menuitem",
            class: `menu-item${item.danger ? " danger" : ""}`,
            onclick: () => {
              close();
              item.run();
            },
          },
          item.icon,
          h("span", {}, item.label),
          item.note && h("span", { class: "menu-note" }, item.note),
        ),
  );
  const box = h("div", { class: "menu", onkeydown: (e) => walk(e, box) }, rows);
  const close = popover(anchor, box, { label, role: "menu", align });
  box.querySelector("button")?.focus();
  return close;
}

/** Arrow keys, Home and End among the buttons of a box. */
export function walk(event, box) {
  const buttons = [...box.querySelectorAll("button:not([disabled])")];
  const at = buttons.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  buttons[(to + buttons.length) % buttons.length]?.focus();
}

/** Asks before something is done. → true where the person agreed. */
export function confirm({ title, text, yes = "OK", no = "Cancel", danger = false }) {
  return new Promise((done) => {
    const box = h(
      "dialog",
      { class: "modal small", "aria-label": "Please confirm" },
      h(
        "form",
        { method: "dialog" },
        h("header", { class: "modal-head" }, h("h2", {}, title)),
        h("div", { class: "modal-body" }, text),
        h(
          "footer",
          { class: "modal-foot" },
          h("button", { class: "btn", value: "no", type: "submit" }, no),
          h(
            "button",
            { class: `btn ${danger ? "danger-fill" : "primary"}`, value: "yes", type: "submit", autofocus: true },
            yes,
          ),
        ),
      ),
    );
    box.addEventListener("close", () => {
      box.remove();
      done(box.returnValue === "yes");
    });
    document.body.append(box);
    box.showModal();
  });
}
