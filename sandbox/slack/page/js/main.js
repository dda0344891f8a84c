// Starts the page: each part hears the topics it draws (state.js); the address says what is shown (route.js).

import * as actas from "./actas.js";
import * as actions from "./actions.js";
import * as channel from "./channel.js";
import * as clock from "./clock.js";
import { h, icon, mark, replace } from "./dom.js";
import * as modal from "./modal.js";
import { closeAll } from "./popover.js";
import * as profile from "./profile.js";
import * as sidebar from "./sidebar.js";
import { on, store } from "./state.js";
import * as theme from "./theme.js";
import * as thread from "./thread.js";
import { toast } from "./toast.js";

const $ = (id) => document.getElementById(id);

function start() {
  replace(
    $("brand"),
    h(
      "button",
      { type: "button", class: "icon-button drawer", "aria-label": "Channels", onclick: toggleDrawer },
      icon("menu", 20),
    ),
    mark(26),
    h("span", { class: "brand-name" }, "Heliograph"),
    h("span", { class: "brand-note" }, "sandbox"),
  );
  theme.start($("theme"));
  clock.start($("clock"));
  actas.start($("act-as"));
  channel.start($("main"));
  thread.start($("thread"));
  modal.start();
  profile.start();
  on("state", () => sidebar.draw($("sidebar")));
  on("view", () => {
    sidebar.draw($("sidebar"));
    document.body.classList.remove("with-drawer");
    closeAll();
  });
  on("state", titles);
  on("view", titles);
  on("connection", (up) => {
    $("offline").hidden = up;
  });
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("#sidebar, .drawer")) document.body.classList.remove("with-drawer");
  });
  addEventListener("keydown", slash);
  addEventListener("hashchange", follow);
  follow();
}

async function follow() {
  try {
    await actions.follow();
    document.documentElement.dataset.ready = store.as;
  } catch (error) {
    toast(error.message);
  }
}

const toggleDrawer = () => document.body.classList.toggle("with-drawer");

/** The unread count in the title of the tab. */
function titles() {
  const count = [...store.channels.values()].reduce(
    (sum, c) => sum + (c.mentions || (c.kind === "im" ? c.unread : 0) || 0),
    0,
  );
  document.title = `${count ? `(${count}) ` : ""}${store.channels.get(store.view.channel)?.name ?? "Heliograph"} · ${store.me?.name ?? ""}`;
}

/** `/` anywhere outside a field goes to the composer and opens the commands. */
function slash(event) {
  const busy =
    event.target.closest?.("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey;
  if (event.key === "/" && !busy) channel.focusComposer();
}

start();
