// A list of messages with its day lines. Only messages that changed are drawn again: a menu one has open in another
// message, or a half-made choice, survives news.

import { h } from "./dom.js";
import { message } from "./message.js";
import { store } from "./state.js";
import * as time from "./time.js";

const TOGETHER = 5 * 60;
/** Seconds within which messages of one author stand together. */

export class MessageList {
  constructor(node, { channel, inThread = false }) {
    this.node = node;
    this.place = { channel, inThread };
    this.drawn = new Map();
    this.firstUnread = null;
    this.fresh = true;
  }

  /** `after(message)` may put a node below a message: the thread's "3 replies" line. */
  show(list, after) {
    const atEnd = this.fresh || this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80;
    const keep = new Map();
    const nodes = [];
    let previous;
    for (const m of list) {
      const newDay = !previous || day(previous) !== day(m);
      if (newDay && !this.place.inThread) nodes.push(divider(m));
      if (this.firstUnread === m.ts)
        nodes.push(h("div", { class: "new-line", role: "separator" }, h("span", {}, "New")));
      const compact = !newDay && this.firstUnread !== m.ts && together(previous, m);
      nodes.push(this.reuse(keep, m, compact));
      const below = after?.(m);
      if (below) nodes.push(below);
      previous = below ? null : m;
    }
    this.drawn = keep;
    this.reconcile(nodes);
    if (atEnd) this.toEnd();
    this.fresh = false;
  }

  reuse(keep, m, compact) {
    const id = `${m.ts} ${m.ephemeral ? "e" : ""}`;
    const print = JSON.stringify([m, compact, store.me?.id, day(m) === time.dayKey(time.now(), store.me?.tz)]);
    const old = this.drawn.get(id);
    const entry = old?.print === print ? old : { print, node: message(m, this.place, compact) };
    keep.set(id, entry);
    return entry.node;
  }

  /** Moves as little as possible: a node that stays keeps its focus and its open menus. */
  reconcile(nodes) {
    const wanted = new Set(nodes);
    for (const child of [...this.node.childNodes]) if (!wanted.has(child)) child.remove();
    let at = this.node.firstChild;
    for (const node of nodes) {
      if (node === at) at = at.nextSibling;
      else this.node.insertBefore(node, at);
    }
  }

  toEnd() {
    this.node.scrollTop = this.node.scrollHeight;
    // Images and fonts that arrive later push the end down once more.
    for (const image of this.node.querySelectorAll("img")) {
      if (!image.complete)
        image.addEventListener(
          "load",
          () => {
            this.node.scrollTop = this.node.scrollHeight;
          },
          { once: true },
        );
    }
  }
}

const day = (m) => time.dayKey(Number(m.ts) * 1000, store.me?.tz);

const divider = (m) =>
  h("div", { class: "day-line", role: "separator" }, h("span", {}, time.dayTitle(Number(m.ts) * 1000, store.me?.tz)));

const author = (m) => m.user ?? m.bot_id ?? m.username;

const together = (a, b) =>
  Boolean(a) &&
  author(a) === author(b) &&
  !a.ephemeral === !b.ephemeral &&
  !a.ephemeral &&
  Number(b.ts) - Number(a.ts) < TOGETHER &&
  !a.thread?.reply_count &&
  !b.blocks?.length;

/** The messages of the server and the lines of this page, in the order of their time. */
export function merged(key, channel, thread) {
  const list = store.messages.get(key);
  if (!list) return null;
  const local = thread ? [] : (store.local.get(channel) ?? []);
  return [...list, ...local].sort((a, b) => Number(a.ts) - Number(b.ts));
}
