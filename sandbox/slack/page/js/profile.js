// A click on a name: who that is, what time it is where they are, and the way to act as them.

import * as actions from "./actions.js";
import { h, icon } from "./dom.js";
import { avatar, badges, person, role, team } from "./people.js";
import { popover } from "./popover.js";
import { store } from "./state.js";
import * as time from "./time.js";

export function start() {
  document.addEventListener("click", (event) => {
    const anchor = event.target.closest?.("[data-person]");
    const who = anchor && person(anchor.dataset.person);
    if (who) show(anchor, who);
  });
}

function show(anchor, who) {
  const hour = Number(time.parts(time.now(), who.tz).hour);
  const local = `${time.weekday(time.now(), who.tz)} ${time.hourMinute(time.now(), who.tz)} where they are`;
  const close = popover(
    anchor,
    h(
      "div",
      { class: "profile" },
      avatar(who, 56),
      h(
        "div",
        { class: "profile-name" },
        h("b", {}, who.name),
        who.bot && h("span", { class: "app-badge" }, "APP"),
        badges(who),
      ),
      h("div", { class: "profile-title" }, who.title || (who.bot ? "The app" : `${team(who)} · ${role(who)}`)),
      !who.bot && h("div", { class: "profile-time" }, icon(hour >= 6 && hour < 19 ? "sun" : "moon", 15), local),
      !who.bot &&
        !who.deleted &&
        who.id !== store.me.id &&
        h(
          "button",
          { type: "button", class: "btn", onclick: () => (close(), actions.actAs(who.id)) },
          `Act as ${who.name}`,
        ),
    ),
    { label: `Profile of ${who.name}` },
  );
}
