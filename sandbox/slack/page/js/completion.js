// What the composer offers while one types: commands after `/`, people after `@`, channels after `#`, emoji after `:`.

import { h, icon, replace } from "./dom.js";
import * as emoji from "./emoji.js";
import { avatar, badges } from "./people.js";
import { store } from "./state.js";

const MOST = 8;

/** What stands before the caret → `{ from, items: [{ key, insert, node }] }`, or null. */
export function offers(text, caret, inThread) {
  const before = text.slice(0, caret);
  const found = /(?:^|[\s(])([@#:])([\p{L}\p{N}_.+-]*)$/u.exec(before);
  if (/^\/\S*$/.test(before)) return inThread ? null : offer(0, commands(before));
  if (!found) return null;
  const [, sigil, word] = found;
  const from = caret - word.length - 1;
  if (sigil === "@") return offer(from, people(word.toLowerCase()));
  if (sigil === "#") return offer(from, channels(word.toLowerCase()));
  return word.length < 2
    ? null
    : offer(
        from,
        emoji.find(word, MOST).map((name) => ({
          key: name,
          insert: `${emoji.glyph(name)} `,
          node: [h("span", { class: "emoji" }, emoji.glyph(name)), h("b", {}, `:${name}:`)],
        })),
      );
}

const offer = (from, items) => (items.length ? { from, items } : null);

const commands = (typed) =>
  store.commands
    .filter((c) => c.command.startsWith(typed.toLowerCase()))
    .map((c) => ({
      key: c.command,
      insert: `${c.command} `,
      node: [
        h("span", { class: "offer-mark" }, icon("slash", 16)),
        h(
          "span",
          { class: "offer-main" },
          h("span", {}, h("b", {}, c.command), c.hint && h("span", { class: "offer-hint" }, ` ${c.hint}`)),
          h("small", {}, c.description),
        ),
      ],
    }));

function people(word) {
  const match = (p) =>
    !p.deleted &&
    `${p.name} ${p.real_name ?? ""}`
      .toLowerCase()
      .split(/\s+/)
      .some((w) => w.startsWith(word));
  const persons = [...store.people.values()].filter(match).map((p) => ({
    key: p.id,
    insert: `@${p.name} `,
    node: [avatar(p, 24), h("b", {}, p.name), p.bot && h("span", { class: "app-badge" }, "APP"), badges(p)],
  }));
  const groups = [...store.groups.values()]
    .filter((g) => g.handle?.startsWith(word))
    .map((g) => ({
      key: g.id,
      insert: `@${g.handle} `,
      node: [
        h("span", { class: "offer-mark" }, icon("people", 16)),
        h("b", {}, `@${g.handle}`),
        h("small", {}, g.name),
      ],
    }));
  const here = ["here", "channel"]
    .filter((w) => w.startsWith(word))
    .map((w) => ({
      key: w,
      insert: `@${w} `,
      node: [
        h("span", { class: "offer-mark" }, icon("at", 16)),
        h("b", {}, `@${w}`),
        h("small", {}, "Notifies everybody here"),
      ],
    }));
  return [...persons, ...groups, ...here].slice(0, MOST);
}

const channels = (word) =>
  [...store.channels.values()]
    .filter((c) => c.kind !== "im" && c.name.includes(word))
    .slice(0, MOST)
    .map((c) => ({
      key: c.id,
      insert: `#${c.name} `,
      node: [h("span", { class: "offer-mark" }, icon(c.kind === "private" ? "lock" : "hash", 16)), h("b", {}, c.name)],
    }));

/** Typed words → what Slack stores: escaped, with `@name` and `#channel` as their ids. */
export function encode(text) {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return references(escaped);
}

/** `@name` and `#channel` as ids, the rest as it is. Code between backticks stays what it was. */
export function references(text) {
  return text
    .split(/(```[\s\S]*?```|`[^`\n]+`)/)
    .map((piece, i) =>
      i % 2
        ? piece
        : piece
            .replace(
              /(^|[\s(,])@([\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*)/gu,
              (whole, edge, name) => edge + (mention(name) ?? `@${name}`),
            )
            .replace(
              /(^|[\s(,])#([\p{L}\p{N}_-]+)/gu,
              (whole, edge, name) => edge + (channelReference(name) ?? `#${name}`),
            ),
    )
    .join("");
}

function mention(name) {
  const wanted = name.toLowerCase();
  if (["here", "channel", "everyone"].includes(wanted)) return `<!${wanted}>`;
  const person = [...store.people.values()].find((p) => p.name.toLowerCase() === wanted);
  if (person) return `<@${person.id}>`;
  const group = [...store.groups.values()].find((g) => g.handle === wanted);
  return group && `<!subteam^${group.id}>`;
}

function channelReference(name) {
  const found = [...store.channels.values()].find((c) => c.kind !== "im" && c.name === name.toLowerCase());
  return found && `<#${found.id}|${found.name}>`;
}

/** The list above the composer; the arrow keys are the composer's, as the focus stays in the text. */
export class Offers {
  constructor(id, take) {
    this.take = take;
    this.node = h("div", { class: "offers", id, role: "listbox", "aria-label": "Suggestions", hidden: true });
    this.current = null;
    this.at = 0;
  }

  get open() {
    return !this.node.hidden;
  }

  show(current) {
    this.current = current;
    this.at = 0;
    this.node.hidden = !current;
    if (current) this.draw();
    else replace(this.node);
  }

  move(step) {
    const count = this.current.items.length;
    this.at = (this.at + step + count) % count;
    this.draw();
  }

  choose() {
    this.take(this.current.from, this.current.items[this.at].insert);
  }

  draw() {
    replace(
      this.node,
      this.current.items.map((item, i) =>
        h(
          "div",
          {
            role: "option",
            class: `offer${i === this.at ? " at" : ""}`,
            id: `${this.node.id}-${i}`,
            "aria-selected": i === this.at,
            "data-key": item.key,
            onpointerdown: (e) => {
              e.preventDefault();
              this.at = i;
              this.choose();
            },
          },
          item.node,
        ),
      ),
    );
    this.node.querySelector(".at")?.scrollIntoView({ block: "nearest" });
  }
}
