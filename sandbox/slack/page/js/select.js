// Every kind of select menu of Block Kit: one button that opens a list with a search field.
// Keys: arrows choose, Enter takes, Esc closes; in menus of several, Enter toggles.

import { h, icon, replace } from "./dom.js";
import * as mrkdwn from "./mrkdwn.js";
import { popover, isOpen, closeTop } from "./popover.js";
import { store, title } from "./state.js";

/** → `[{ value, label: text, node, group? }]` for the element's kind. */
function choices(e) {
  const kind = e.type.replace("multi_", "").replace("_select", "");
  if (kind === "users") return people();
  if (kind === "channels") return channels((c) => c.kind !== "im");
  if (kind === "conversations") return channels(() => true);
  const groups = e.option_groups ?? [{ options: e.options ?? [] }];
  return groups.flatMap((g) =>
    g.options.map((o) => ({
      value: o.value,
      label: o.text.text,
      note: o.description?.text,
      group: g.label?.text,
    })),
  );
}

const people = () =>
  [...store.people.values()]
    .filter((p) => !p.deleted)
    .map((p) => ({ value: p.id, label: p.name, note: p.real_name !== p.name ? p.real_name : undefined }));

const channels = (keep) =>
  [...store.channels.values()]
    .filter(keep)
    .map((c) => ({ value: c.id, label: `${c.kind === "im" ? "" : "#"}${title(c)}` }));

function initial(e) {
  const one = e.initial_option?.value ?? e.initial_user ?? e.initial_channel ?? e.initial_conversation;
  const many =
    e.initial_options?.map((o) => o.value) ?? e.initial_users ?? e.initial_channels ?? e.initial_conversations;
  return new Set(many ?? (one === undefined ? [] : [one]));
}

/** `changed(value)` gets the value, or the list of values of a menu of several; null where none is left. */
export function select(e, { value, label, describedBy, changed, suggest }) {
  const multi = e.type.startsWith("multi_");
  const external = e.type.endsWith("external_select");
  const known = [e.initial_option ?? [], e.initial_options ?? []].flat();
  const all = choices(external ? { ...e, options: known } : e);
  const chosen = value === undefined ? initial(e) : new Set([value ?? []].flat());
  const caption = h("span", { class: "select-caption" });
  const button = h(
    "button",
    {
      type: "button",
      class: `select${multi ? " multi" : ""}`,
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-label": label || e.placeholder?.text || "Choose",
      "aria-describedby": describedBy,
      onclick: () => (isOpen(button) ? closeTop() : openList()),
      onkeydown: (event) => {
        if (event.key === "ArrowDown") {
          event.preventDefault();
          openList();
        }
      },
    },
    caption,
    icon("down", 15),
  );

  function draw() {
    const picked = all.filter((c) => chosen.has(c.value));
    button.classList.toggle("unset", picked.length === 0);
    if (!picked.length) replace(caption, e.placeholder?.text ?? "Choose an option");
    else if (!multi) replace(caption, mrkdwn.plain(picked[0].label));
    else
      replace(
        caption,
        picked.map((c) => h("span", { class: "pill" }, mrkdwn.plain(c.label))),
      );
  }

  function report() {
    draw();
    changed(multi ? [...chosen] : ([...chosen][0] ?? null));
  }

  function openList() {
    const before = [...chosen].join("\n");
    const ask =
      external &&
      (async (text) => {
        if (text.length < (e.min_query_length ?? 3)) return all;
        const found = choices({ type: "static_select", options: [], ...(await suggest(text)) });
        all.push(...found.filter((f) => !all.some((c) => c.value === f.value)));
        return found;
      });
    const { box, input } = list(all, chosen, multi, e.max_selected_items, ask, () => {
      if (multi) draw();
      else {
        close();
        report();
      }
    });
    const close = popover(button, box, {
      className: "select-list",
      label: label || "Options",
      onClose: () => multi && before !== [...chosen].join("\n") && report(),
    });
    input.focus();
  }

  draw();
  return { node: button, value: multi ? [...chosen] : ([...chosen][0] ?? null) };
}

function list(all, chosen, multi, most, ask, picked) {
  let at = Math.max(
    0,
    all.findIndex((c) => chosen.has(c.value)),
  );
  let shown = all;
  const rows = h("div", { role: "listbox", class: "options", "aria-multiselectable": multi });
  const input = h("input", {
    class: "filter",
    type: "text",
    placeholder: "Search",
    "aria-label": "Search options",
    role: "combobox",
    "aria-expanded": "true",
    autocomplete: "off",
    oninput: async () => {
      const wanted = input.value.toLowerCase();
      const found = ask ? await ask(input.value) : all;
      if (input.value.toLowerCase() !== wanted) return;
      shown = ask ? found : found.filter((c) => `${c.label} ${c.note ?? ""}`.toLowerCase().includes(wanted));
      at = 0;
      draw();
    },
    onkeydown: (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && shown.length) at = (at + step + shown.length) % shown.length;
      else if (event.key === "Enter" && shown[at]) take(shown[at]);
      else return;
      event.preventDefault();
      draw();
    },
  });

  function take(choice) {
    if (!multi) chosen.clear();
    if (multi && chosen.has(choice.value)) chosen.delete(choice.value);
    else if (!most || chosen.size < most || !multi) chosen.add(choice.value);
    picked();
    draw();
  }

  function draw() {
    let group;
    replace(
      rows,
      shown.map((choice, i) => {
        const heading = choice.group && choice.group !== group && h("div", { class: "option-group" }, choice.group);
        group = choice.group;
        return [
          heading,
          h(
            "div",
            {
              role: "option",
              class: `option${i === at ? " at" : ""}`,
              "aria-selected": chosen.has(choice.value),
              onclick: () => take(choice),
              onpointermove: () => at !== i && ((at = i), mark()),
            },
            h("span", { class: "option-check" }, chosen.has(choice.value) && icon("check", 15)),
            h("span", {}, mrkdwn.plain(choice.label), choice.note && h("small", {}, choice.note)),
          ),
        ];
      }),
      !shown.length && h("div", { class: "option none" }, "Nothing found"),
    );
    rows.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }

  function mark() {
    rows.querySelectorAll(".option").forEach((row, i) => row.classList.toggle("at", i === at));
  }

  draw();
  return { box: [input, rows], input };
}
