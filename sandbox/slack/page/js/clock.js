// What time it is in the four regions by the sandbox's clock, and the buttons that move it. Under each region runs
// its day: the lit part is its working hours, the dot is now.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { h, icon, replace } from "./dom.js";
import { isOpen, closeTop, popover } from "./popover.js";
import { on, store } from "./state.js";
import * as time from "./time.js";

const SHORT = { "United States": "US", Europe: "EU", India: "IN", Australia: "AU" };
const CODES = { us: "US", eu: "EU", in: "IN", au: "AU" };

export function start(node) {
  on("clock", () => draw(node));
  on("state", () => draw(node));
  new ResizeObserver(() => fit(node)).observe(node.parentElement);
  tick(node);
}

/** The strip where it fits, else the button: fonts differ in width, so it is measured and not guessed. */
function fit(node) {
  node.classList.remove("narrow");
  node.classList.toggle("narrow", node.scrollWidth > node.clientWidth);
}

/** Redraws when the shown minute turns, and only then; reads nothing from the server. */
function tick(node) {
  const rate = Math.max(time.rate(), 0);
  const toNext = rate ? (60_000 - (time.now() % 60_000)) / rate : 1000;
  setTimeout(
    () => {
      if (store.clock && rate) drawTimes(node);
      tick(node);
    },
    Math.min(Math.max(toNext, 250), 5000),
  );
}

function draw(node) {
  if (!store.clock) return;
  replace(
    node,
    h("div", { class: "regions" }, store.clock.regions.map(region)),
    h("div", { class: "clock-buttons" }, buttons()),
    opener(),
  );
  fit(node);
}

function drawTimes(node) {
  const box = node.querySelector(".regions");
  if (box) replace(box, store.clock.regions.map(region));
}

function hours(r) {
  const [from, to] = r.hours ?? [r.start ?? "09:00", r.end ?? "17:00"];
  const number = (text) => (typeof text === "number" ? text : Number(text.slice(0, 2)) + Number(text.slice(3, 5)) / 60);
  return [number(from), number(to)];
}

function region(r) {
  const ms = time.now();
  const p = time.parts(ms, r.zone);
  const hour = Number(p.hour) + Number(p.minute) / 60;
  const [from, to] = hours(r);
  const weekend = ["Sat", "Sun"].includes(p.weekday);
  const working = r.working ?? (hour >= from && hour < to && !weekend);
  const day = hour >= 6 && hour < 19;
  const name = SHORT[r.name] ?? CODES[r.name?.toLowerCase()] ?? r.name;
  const words = `${r.name}: ${p.weekday} ${time.hourMinute(ms, r.zone)}, ${working ? "working hours" : weekend ? "weekend" : "off hours"}`;
  return h(
    "div",
    {
      class: `region ${day ? "day" : "night"}${working ? " working" : ""}`,
      title: words,
      role: "group",
      "aria-label": words,
      "data-region": name,
    },
    h("span", { class: "region-mark" }, icon(day ? "sun" : "moon", 16)),
    h("span", { class: "region-name" }, name),
    h("span", { class: "region-time" }, h("small", {}, p.weekday), ` ${p.hour}:${p.minute}`),
    h("span", { class: "region-day", style: { "--from": from / 24, "--to": to / 24, "--now": hour / 24 } }),
  );
}

function buttons() {
  const button = (label, name, words, change) =>
    h(
      "button",
      {
        type: "button",
        class: "clock-button",
        title: words,
        "aria-label": words,
        onclick: () => move(change),
      },
      name && icon(name, 15),
      label,
    );
  const rate = time.rate();
  const speed = (n) =>
    h(
      "button",
      {
        type: "button",
        class: rate === n ? "current" : "",
        "aria-pressed": rate === n,
        title: `The clock runs ${n === 1 ? "at its own pace" : `${n} times as fast`}`,
        "aria-label": `Speed ×${n}`,
        onclick: () => move({ rate: n }),
      },
      `×${n}`,
    );
  return [
    button("+15 min", null, "15 minutes later", { advance: 900 }),
    button("Next handoff", "skip", "To one minute before the next handoff", { to: "handoff" }),
    button("Saturday", "calendar", "To Saturday morning", { to: "saturday" }),
    h("div", { class: "speed", role: "group", "aria-label": "Speed of the clock" }, speed(1), speed(60)),
  ];
}

async function move(change) {
  if (await actions.attempt(api.clock(change))) actions.readClock();
}

/** Where there is no room for the strip, one button opens it. */
function opener() {
  const button = h(
    "button",
    {
      type: "button",
      class: "icon-button clock-opener",
      "aria-label": "Clock",
      title: "Clock",
      onclick: () => {
        if (isOpen(button)) return closeTop();
        const box = h(
          "div",
          { class: "clock-panel" },
          h("h2", {}, "Now in the regions"),
          h("div", { class: "regions" }, store.clock.regions.map(region)),
          h("div", { class: "clock-buttons" }, buttons()),
        );
        const close = popover(button, box, { label: "Clock", className: "clock-popover", align: "end" });
        box.querySelectorAll(".clock-buttons button").forEach((b) => b.addEventListener("click", () => close()));
      },
    },
    icon("clock", 20),
  );
  return button;
}
