// Who one is: the switch to anybody in the workspace, with a search.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { h, icon, replace } from "./dom.js";
import { avatar, badges, role, team, TEAMS } from "./people.js";
import { closeTop, isOpen, popover } from "./popover.js";
import { on, store } from "./state.js";

export function start(node) {
  on("state", () => draw(node));
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      node.querySelector("button")?.click();
    }
  });
}

function draw(node) {
  const { me } = store;
  const button = h(
    "button",
    {
      type: "button",
      class: "act-as",
      "data-me": me.id,
      "aria-haspopup": "dialog",
      "aria-expanded": "false",
      title: "Act as somebody else (Ctrl+K)",
      "aria-label": `Acting as ${me.name}. Act as somebody else`,
      onclick: () => (isOpen(button) ? closeTop() : open(button)),
    },
    avatar(me, 26),
    h("span", { class: "act-as-words" }, h("small", {}, "Acting as"), h("b", {}, me.name)),
    badges(me),
    icon("down", 15),
  );
  const current = node.firstElementChild;
  const stays = current && (isOpen(current) ? current.dataset.me === me.id : button.isEqualNode(current));
  if (!stays) replace(node, button);
}

/** Guests and external people see only whom they share a channel with; the switch offers everybody. */
let cast = null;

async function everybody() {
  const answer = await actions.attempt(api.state("U0SOL"));
  cast = answer?.people ?? null;
}

function open(button) {
  let at = 0;
  let shown = [];
  const rows = h("div", { class: "cast", role: "listbox", "aria-label": "People" });
  const input = h("input", {
    class: "filter",
    type: "text",
    placeholder: "Act as… name, team or role",
    "aria-label": "Search people",
    autocomplete: "off",
    role: "combobox",
    "aria-expanded": "true",
    oninput: () => {
      at = 0;
      list();
    },
    onkeydown: (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && shown.length) at = (at + step + shown.length) % shown.length;
      else if (event.key === "Enter" && shown[at]) choose(shown[at]);
      else return;
      event.preventDefault();
      list();
    },
  });

  function choose(who) {
    if (who.deleted) return;
    close();
    actions.actAs(who.id);
  }

  function list() {
    const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const people = (cast ?? [...store.people.values()]).filter((p) => !p.bot);
    const words = (p) =>
      `${p.name} ${p.real_name ?? ""} ${team(p)} ${role(p)} ${p.external ? "external" : ""} ${p.deleted ? "deactivated" : ""}`.toLowerCase();
    const match = people.filter((p) => wanted.every((w) => words(p).includes(w)));
    const groups = TEAMS.map((name) => [name, match.filter((p) => team(p) === name)]).filter(
      ([, found]) => found.length,
    );
    shown = groups.flatMap(([, found]) => found);
    replace(
      rows,
      groups.map(([name, found]) => h("section", { "aria-label": name }, h("h3", {}, name), found.map(row))),
      !shown.length && h("p", { class: "option none" }, "Nobody found"),
    );
    rows.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }

  const row = (p) =>
    h(
      "button",
      {
        type: "button",
        role: "option",
        tabindex: -1,
        class: `cast-row${shown[at] === p ? " at" : ""}`,
        "aria-selected": p.id === store.me.id,
        "data-as": p.id,
        disabled: p.deleted,
        title: p.deleted ? "Deactivated people cannot sign in" : p.title,
        onclick: () => choose(p),
      },
      avatar(p, 28),
      h("span", { class: "cast-name" }, h("b", {}, p.name), h("small", {}, role(p))),
      badges(p),
      p.id === store.me.id && icon("check", 16),
    );

  list();
  if (!cast) everybody().then(list);
  const close = popover(button, [input, rows], { label: "Act as", className: "cast-popover", align: "end" });
  input.focus();
}
