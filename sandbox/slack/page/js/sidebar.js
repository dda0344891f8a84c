// Where one can go: channels, direct messages and the app, with what is unread.

import * as actions from "./actions.js";
import { h, icon, replace } from "./dom.js";
import { avatar, badges } from "./people.js";
import { appChannel, imPeer, store, title } from "./state.js";

export function draw(node) {
  const all = [...store.channels.values()];
  const named = all.filter((c) => c.kind !== "im" && c.member).sort((a, b) => a.name.localeCompare(b.name));
  const direct = all.filter((c) => c.kind === "im" && imPeer(c) !== store.app?.id && imPeer(c) !== "USLACKBOT");
  replace(
    node,
    section("Channels", named.map(channelRow)),
    direct.length ? section("Direct messages", direct.map(directRow)) : null,
    store.app && section("Apps", [appRow()]),
  );
}

const section = (name, rows) => h("section", { "aria-label": name }, h("h2", {}, name), h("ul", {}, rows));

function row({ current, unread, mentions, label, run, data }, ...content) {
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `place${current ? " current" : ""}${unread ? " unread" : ""}`,
        "aria-current": current ? "page" : null,
        "aria-label": `${label}${mentions ? `, ${mentions} mentions` : unread ? ", unread" : ""}`,
        onclick: run,
        ...data,
      },
      content,
      mentions ? h("span", { class: "mentions" }, mentions) : null,
    ),
  );
}

function channelRow(c) {
  const current = store.view.pane === "channel" && store.view.channel === c.id;
  return row(
    {
      current,
      unread: c.unread,
      mentions: c.mentions,
      label: c.name,
      run: () => actions.openChannel(c.id),
      data: { "data-channel": c.id },
    },
    icon(c.kind === "private" ? "lock" : "hash", 16),
    h("span", { class: "place-name" }, c.name),
    c.shared && h("span", { class: "shared", title: "Shared with another workspace" }, icon("shared", 16)),
  );
}

function directRow(c) {
  const who = store.people.get(imPeer(c));
  const current = store.view.pane === "channel" && store.view.channel === c.id;
  return row(
    {
      current,
      unread: c.unread,
      mentions: c.unread,
      label: title(c),
      run: () => actions.openChannel(c.id),
      data: { "data-channel": c.id },
    },
    avatar(who, 20),
    h("span", { class: "place-name" }, title(c)),
    who && badges(who),
  );
}

function appRow() {
  const im = appChannel();
  const current = store.view.pane !== "channel" || (im && store.view.channel === im.id);
  const run = () => actions.openApp(im?.unread ? "messages" : "home");
  return row(
    {
      current,
      unread: im?.unread,
      mentions: im?.unread,
      label: "Heliograph, app",
      run,
      data: { "data-app": store.app.id },
    },
    avatar(store.app, 20),
    h("span", { class: "place-name" }, "Heliograph"),
    h("span", { class: "app-badge" }, "APP"),
  );
}
