// The address of a view: `#as=U0OPAL&channel=C0AURORA&thread=1764…`, or `#as=…&pane=home`. So that a screenshot, a
// test or a colleague can point at exactly what they mean.

import { store } from "./state.js";

export function read() {
  const query = new URLSearchParams(location.hash.slice(1));
  return {
    as: query.get("as"),
    channel: query.get("channel"),
    thread: query.get("thread"),
    pane: query.get("pane") ?? "channel",
    draft: query.get("draft"),
  };
}

export function address({ as = store.as, channel, thread, pane = "channel" }) {
  const query = new URLSearchParams({ as });
  if (pane === "channel" && channel) query.set("channel", channel);
  if (pane === "channel" && thread) query.set("thread", thread);
  if (pane !== "channel") query.set("pane", pane);
  return `#${query}`;
}

export function go(where) {
  const hash = address(where);
  if (hash !== location.hash) location.hash = hash;
  else dispatchEvent(new HashChangeEvent("hashchange"));
}
