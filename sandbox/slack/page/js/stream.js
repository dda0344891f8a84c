// Hears from the server that something changed and says which part to read again. It never polls: while the line
// is down it tries again, more and more slowly, and reads everything once when the line is back.

import { emit, store } from "./state.js";

let socket = null;
let attempt = 0;

export function connect(handlers) {
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/control/stream?as=${encodeURIComponent(store.as)}`);
  socket = mine;
  mine.onopen = () => {
    emit("connection", true);
    if (attempt) handlers.all();
    attempt = 0;
  };
  mine.onmessage = ({ data }) => {
    const news = JSON.parse(data);
    handlers[news.type]?.(news);
  };
  mine.onclose = () => {
    if (socket !== mine) return;
    emit("connection", false);
    attempt += 1;
    setTimeout(() => socket === mine && connect(handlers), Math.min(10_000, 250 * 2 ** attempt));
  };
}

/** Closes the line as a network does; it comes back by itself. For tests. */
export const cut = () => socket?.close();
