// The control API of the sandbox (docs/sandbox.md), one function a call. Every error carries words for a person.

import { store } from "./state.js";

export class Refused extends Error {
  constructor(error, message) {
    super(message || error);
    this.error = error;
  }
}

async function call(method, path, body) {
  const options = { method };
  if (body) {
    options.headers = { "content-type": "application/json" };
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused("no_connection", "The sandbox cannot be reached. Is it still running?");
  }
  const answer = await response.json().catch(() => ({ ok: false, error: `status_${response.status}` }));
  if (answer.ok === false) throw new Refused(answer.error, answer.message);
  return answer;
}

const get = (path, query) => call("GET", `/control/${path}?${new URLSearchParams(query)}`);
const post = (path, body) => call("POST", `/control/${path}`, { as: store.as, ...body });

export const state = (as) => get("state", { as });
export const messages = (channel, thread) => get("messages", { as: store.as, channel, ...(thread && { thread }) });
export const views = () => get("views", { as: store.as });

export const say = (channel, text, threadTs, files) =>
  post("post", { channel, text, ...(threadTs && { thread_ts: threadTs }), ...(files?.length && { files }) });
export const edit = (channel, ts, text) => post("edit", { channel, ts, text });
export const remove = (channel, ts) => post("delete", { channel, ts });
export const join = (channel) => post("join", { channel });
/** What the app offers for what was typed into an external select. */
export const suggest = (target) => post("suggest", target);
export const react = (channel, ts, name, off) => post("react", { channel, ts, name, remove: Boolean(off) });
export const command = (channel, name, text) => post("command", { channel, command: name, text });
export const click = (target) => post("click", target);
export const submit = (viewId, values) => post("submit", { view_id: viewId, values });
export const close = (viewId) => post("close", { view_id: viewId });
export const shortcut = (callbackId, message) => post("shortcut", { callback_id: callbackId, ...message });
export const home = () => post("home", {});
/** What the app published last, without opening the tab. */
export const published = () => get("home", { as: store.as });
export const read = (channel) => post("read", { channel });
export const clock = (change) => post("clock", change);
