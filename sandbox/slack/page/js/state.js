// What the page knows, in one object, and who wants to hear when it changes. Nothing here talks to the server.

export const store = {
  as: null,
  me: null,
  team: null,
  people: new Map(),
  channels: new Map(),
  groups: new Map(),
  commands: [],
  shortcuts: [],
  clock: null,
  app: null,
  /** What is shown: `pane` is "channel", "home" or "messages" (both the app's); `thread` is a ts or null. */
  view: { pane: "channel", channel: null, thread: null },
  /** channel id → messages, and "channel/ts" → a thread's messages; absent means not read yet. */
  messages: new Map(),
  /** Lines that only this page shows, as Slackbot's word that a command failed: channel id → messages. */
  local: new Map(),
};

const listeners = new Map();

/** Topics: state, view, messages, pending, views, home, clock, connection. */
export function on(topic, listener) {
  if (!listeners.has(topic)) listeners.set(topic, new Set());
  listeners.get(topic).add(listener);
}

export function emit(topic, detail) {
  for (const listener of listeners.get(topic) ?? []) listener(detail);
}

const byId = (list) => new Map((list ?? []).map((one) => [one.id, one]));

export function takeState(state) {
  store.me = state.me;
  store.team = state.team;
  store.people = byId(state.people);
  store.channels = byId(state.channels);
  store.groups = byId(state.groups);
  store.commands = state.commands ?? [];
  store.shortcuts = state.shortcuts ?? [];
  store.app = state.people.find((p) => p.bot) ?? null;
}

/** Whoever one acts as has another view of everything. */
export function forget() {
  store.messages.clear();
  store.local.clear();
  store.view = { pane: "channel", channel: null, thread: null };
}

export const external = () => Boolean(store.me?.external);

/** The direct message channel with the app, once there is one. */
export function appChannel() {
  return [...store.channels.values()].find((c) => c.kind === "im" && imPeer(c) === store.app?.id);
}

/** The other one of a direct message. The workspace has none but those with the app. */
export const imPeer = (channel) => channel.user ?? store.app?.id;

export function title(channel) {
  if (!channel) return "";
  if (channel.kind !== "im") return channel.name;
  return store.people.get(imPeer(channel))?.name ?? channel.name;
}
