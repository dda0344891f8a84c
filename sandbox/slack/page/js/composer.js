// Where one writes. Enter sends, Shift+Enter starts a line, Esc closes the suggestions. A text that begins with `/`
// is a command; what Slack would answer to one that failed is said as Slackbot says it.

import * as actions from "./actions.js";
import * as api from "./api.js";
import { encode, Offers, offers } from "./completion.js";
import { failure } from "./context.js";
import { h, icon, replace } from "./dom.js";
import { readFile } from "./elements.js";
import * as emoji from "./emoji.js";
import { pickEmoji } from "./picker.js";
import { menu } from "./popover.js";
import { external, store } from "./state.js";

const drafts = new Map();

export function composer({ channel, thread, placeholder }) {
  const key = `${store.as} ${channel}/${thread ?? ""}`;
  const files = [];
  const id = thread ? "thread-offers" : "channel-offers";
  const list = new Offers(id, insert);
  const hint = h("div", { class: "command-hint", "aria-live": "polite" });
  const chips = h("div", { class: "attached" });
  const send = h(
    "button",
    { type: "button", class: "send", "aria-label": "Send", title: "Send (Enter)", onclick: submit },
    icon("send", 17),
  );
  const text = h("textarea", {
    rows: 1,
    placeholder,
    "aria-label": placeholder,
    "aria-controls": id,
    "aria-autocomplete": "list",
    value: drafts.get(key) ?? "",
    oninput: changed,
    onkeydown: keys,
    onclick: changed,
    onblur: () => list.show(null),
    onpaste: (e) => {
      if (e.clipboardData.files.length) attach(e.clipboardData.files);
    },
  });
  const picker = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    "aria-label": "Attach files",
    onchange: () => attach(picker.files),
  });

  function changed() {
    drafts.set(key, text.value);
    grow();
    list.show(offers(text.value, text.selectionStart, Boolean(thread)));
    text.setAttribute("aria-activedescendant", list.open ? `${id}-0` : "");
    drawHint();
  }

  function drawHint() {
    const word = text.value.split(/\s/, 1)[0];
    const found = /^\/\S+\s/.test(text.value) && store.commands.find((c) => c.command === word);
    replace(
      hint,
      found && !thread
        ? [h("b", {}, found.command), found.hint && ` ${found.hint}`, h("span", {}, found.description)]
        : [],
    );
    send.classList.toggle("ready", Boolean(text.value.trim() || files.length));
  }

  function grow() {
    text.style.height = "auto";
    text.style.height = `${Math.min(text.scrollHeight, innerHeight * 0.4)}px`;
  }

  function keys(event) {
    if (event.isComposing) return;
    if (list.open && ["ArrowDown", "ArrowUp", "Tab", "Enter", "Escape"].includes(event.key)) {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === "Escape") list.show(null);
      else if (event.key.startsWith("Arrow")) list.move(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "Enter" && list.current.items[list.at].insert.trim() === text.value.trim()) submit();
      else list.choose();
      text.setAttribute("aria-activedescendant", list.open ? `${id}-${list.at}` : "");
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    }
  }

  function insert(from, what) {
    const rest = text.value.slice(text.selectionEnd);
    text.value = text.value.slice(0, from) + what + rest;
    text.selectionStart = text.selectionEnd = from + what.length;
    changed();
    list.show(null);
    text.focus();
  }

  const put = (what) => insert(text.selectionStart, what);

  async function attach(chosen) {
    files.push(...(await Promise.all([...chosen].map(readFile))));
    picker.value = "";
    drawFiles();
  }

  function drawFiles() {
    replace(
      chips,
      files.map((f) =>
        h(
          "span",
          { class: "file-chip" },
          icon("file", 15),
          f.name,
          h(
            "button",
            {
              type: "button",
              "aria-label": `Remove ${f.name}`,
              onclick: () => {
                files.splice(files.indexOf(f), 1);
                drawFiles();
              },
            },
            icon("close", 13),
          ),
        ),
      ),
    );
    drawHint();
  }

  async function submit() {
    const typed = text.value.trim();
    if (!typed && !files.length) return;
    const attached = files.splice(0);
    text.value = "";
    list.show(null);
    drawFiles();
    changed();
    if (/^\/[a-z0-9_-]+(\s|$)/i.test(typed) && !attached.length) return command(channel, thread, typed);
    const sent = await actions.attempt(api.say(channel, encode(typed), thread, attached));
    if (sent || text.value) return;
    text.value = typed;
    files.push(...attached);
    drawFiles();
    changed();
  }

  const tool = (name, label, run) =>
    h(
      "button",
      { type: "button", class: "tool", "aria-label": label, title: label, onclick: (e) => run(e.currentTarget) },
      icon(name, 18),
    );
  const node = h(
    "div",
    { class: "composer" },
    list.node,
    h(
      "div",
      { class: "composer-box" },
      text,
      chips,
      h(
        "div",
        { class: "composer-foot" },
        tool("clip", "Attach files", () => picker.click()),
        tool("smile", "Insert an emoji", (anchor) => pickEmoji(anchor, (name) => put(`${emoji.glyph(name)} `))),
        tool("at", "Mention somebody", () => put("@")),
        !external() &&
          !thread &&
          tool("slash", "Run a command", () => {
            text.value = "/";
            text.focus();
            text.selectionStart = 1;
            changed();
          }),
        globals().length && !thread ? tool("bolt", "Shortcuts", shortcuts) : null,
        picker,
        hint,
        send,
      ),
    ),
  );
  requestAnimationFrame(grow);
  drawHint();
  return {
    node,
    focus: () => text.focus(),
    fill: (words) => {
      text.value = words;
      changed();
      list.show(null);
      text.focus();
    },
  };
}

const globals = () => store.shortcuts.filter((s) => s.type === "global");

const shortcuts = (anchor) =>
  menu(
    anchor,
    globals().map((s) => ({
      label: s.name,
      icon: icon("bolt", 16),
      note: "Heliograph",
      run: () => actions.attempt(api.shortcut(s.callback_id, {})),
    })),
    { label: "Shortcuts" },
  );

async function command(channel, thread, typed) {
  const name = typed.split(/\s/, 1)[0].toLowerCase();
  const rest = typed.slice(name.length).trim();
  if (thread) return actions.whisper(channel, `\`${name}\` is not supported in threads. Sorry!`);
  if (!store.commands.some((c) => c.command === name)) {
    return actions.whisper(
      channel,
      `\`${name}\` is not a valid command.${external() ? " Commands of an app exist only for members of the workspace that installed it: mention the app, or write in the channel." : ""}`,
    );
  }
  const waiting = setTimeout(() => actions.pending(channel, name), 400);
  try {
    const answer = await api.command(channel, name, rest);
    if (!answer.acked) actions.whisper(channel, words(name, answer.error));
  } catch (error) {
    actions.whisper(channel, `\`${name}\` failed: ${error.message}`);
  } finally {
    clearTimeout(waiting);
    actions.pending(channel, null);
  }
}

const words = (name, error) =>
  ({
    operation_timeout: `Darn – \`${name}\` didn't work: Heliograph did not answer within 3 seconds (error message: \`operation_timeout\`).`,
    dispatch_failed: `\`${name}\` failed because the app is not responding (error message: \`dispatch_failed\`).`,
  })[error] ?? `\`${name}\` failed with the error "${error ?? failure(error)}".`;
