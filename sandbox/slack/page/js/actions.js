// What the page does when a person or the stream says so: reads the parts that changed, and says who should redraw.

import * as api from "./api.js";
import * as route from "./route.js";
import { appChannel, emit, forget, store, takeState } from "./state.js";
import { connect } from "./stream.js";
import * as time from "./time.js";
import { toast } from "./toast.js";

/** Whom one is before one chose. */
const FIRST = "U0OPAL";

/** Runs one thing at a time per name; a call meanwhile runs it once more afterwards, so the last news always wins. */
const running = new Map();
function once(name, work) {
  const current = running.get(name);
  if (current) {
    current.again = true;
    return current.promise;
  }
  const entry = { again: false };
  entry.promise = (async () => {
    try {
      do {
        entry.again = false;
        await work();
      } while (entry.again);
    } catch (error) {
      if (error.error !== "aborted") toast(error.message);
    } finally {
      running.delete(name);
    }
  })();
  running.set(name, entry);
  return entry.promise;
}

export const readState = () =>
  once(`state ${store.as}`, async () => {
    const as = store.as;
    const state = await api.state(as);
    if (as !== store.as) return;
    takeState(state);
    takeClock(state.clock);
    emit("state");
  });

export const readClock = () => once("clock", async () => takeClock((await api.state(store.as)).clock));

function takeClock(clock) {
  store.clock = clock;
  time.setClock(clock);
  emit("clock");
}

export const readMessages = (channel) =>
  once(`messages ${store.as} ${channel}`, async () => {
    const as = store.as;
    const { messages } = await api.messages(channel);
    if (as !== store.as) return;
    store.messages.set(channel, messages);
    emit("messages", channel);
  });

export const readThread = (channel, ts) =>
  once(`thread ${store.as} ${channel} ${ts}`, async () => {
    const as = store.as;
    const { messages } = await api.messages(channel, ts);
    if (as !== store.as) return;
    store.messages.set(`${channel}/${ts}`, messages);
    emit("messages", channel);
  });

export const readViews = () =>
  once(`views ${store.as}`, async () => {
    const as = store.as;
    const { views } = await api.views();
    if (as === store.as) emit("views", views);
  });

/** Reads again what is on the screen; what is not is forgotten and read when it is shown. */
function messagesChanged({ channel }) {
  const { view } = store;
  for (const key of [...store.messages.keys()]) {
    const shown = key === view.channel || key === `${view.channel}/${view.thread}`;
    if (key.split("/")[0] === channel && !shown) store.messages.delete(key);
  }
  if (channel !== view.channel) return;
  readMessages(channel);
  if (view.thread) readThread(channel, view.thread);
}

const news = {
  messages: messagesChanged,
  state: readState,
  clock: readClock,
  views: readViews,
  home: () => emit("home"),
  toast: ({ text }) => toast(text),
  all: () => {
    readState();
    readViews();
    if (store.view.channel) messagesChanged({ channel: store.view.channel });
    emit("home");
  },
};

/** Brings the page to where the address points. */
export async function follow() {
  const wanted = route.read();
  const as = wanted.as ?? store.as ?? localStorage.getItem("heliograph.as") ?? FIRST;
  if (as !== store.as && !(await become(as))) return;
  const pane = wanted.pane;
  const channel = pane === "channel" ? known(wanted.channel) : pane === "messages" ? (appChannel()?.id ?? null) : null;
  const thread = channel && pane === "channel" ? wanted.thread : null;
  const moved = channel !== store.view.channel || pane !== store.view.pane;
  store.view = { pane, channel, thread };
  emit("view", { moved, draft: wanted.draft });
  if (channel && !store.messages.has(channel)) readMessages(channel);
  if (thread && !store.messages.has(`${channel}/${thread}`)) readThread(channel, thread);
}

function known(channel) {
  if (store.channels.has(channel)) return channel;
  const mine = [...store.channels.values()].filter((c) => c.kind !== "im" && c.member);
  const first = mine.find((c) => /-support$|^triage/.test(c.name)) ?? mine[0];
  return first?.id ?? null;
}

/** Acts as somebody else from now on. → whether that is so; not where they are refused, or the address moved on. */
async function become(as) {
  let state;
  try {
    state = await api.state(as);
  } catch (error) {
    toast(error.message);
    if (as !== (store.as ?? FIRST)) route.go({ as: store.as ?? FIRST });
    return false;
  }
  if ((route.read().as ?? as) !== as) return false;
  forget();
  store.as = as;
  localStorage.setItem("heliograph.as", as);
  takeState(state);
  takeClock(state.clock);
  emit("state");
  connect(news);
  readViews();
  return true;
}

export const actAs = (as) =>
  route.go({ as, pane: store.view.pane === "home" ? "home" : "channel", channel: store.view.channel });
export const openChannel = (channel) => route.go({ channel });
export const openThread = (channel, thread) => route.go({ channel, thread });
export const closeThread = () => route.go({ channel: store.view.channel });
export const openApp = (pane = "home") => route.go({ pane });

/** Marks the open channel read, once what is new was drawn. */
export async function markRead(channel) {
  const found = store.channels.get(channel);
  if (!found?.unread && !found?.mentions) return;
  found.unread = 0;
  found.mentions = 0;
  await attempt(api.read(channel));
}

/** Says beside the composer that a command runs, or no longer does (`name` null). */
export const pending = (channel, name) => emit("pending", { channel, name });

/** A line from Slackbot that only this page shows. */
export function whisper(channel, text) {
  const lines = store.local.get(channel) ?? [];
  lines.push({ ts: (time.now() / 1000).toFixed(6), user: "USLACKBOT", text, ephemeral: true, local: true });
  store.local.set(channel, lines);
  emit("messages", channel);
}

/** → the answer, or null where it was refused, which a toast says. */
export async function attempt(promise) {
  try {
    return await promise;
  } catch (error) {
    toast(error.message);
    return null;
  }
}
