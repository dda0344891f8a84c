// Times as the reader sees them: in the zone of the person one acts as, told by the sandbox's clock. The browser's
// own clock is used only to measure how much time went by since the server told its own.

const clock = { shown: Date.now(), real: performance.now(), rate: 1 };
const formats = new Map();

export function setClock({ now, rate }) {
  clock.shown = typeof now === "number" ? now * 1000 : Date.parse(now);
  clock.real = performance.now();
  clock.rate = rate ?? 1;
}

/** Milliseconds since 1970 by the sandbox's clock. */
export const now = () => clock.shown + (performance.now() - clock.real) * clock.rate;

export const rate = () => clock.rate;

function format(zone, options) {
  const american = /^(America|US)\//.test(zone ?? "");
  const locale = american ? "en-US" : "en-GB";
  if (options.hour && !american) options = { ...options, hour: "2-digit" };
  const key = `${locale} ${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(locale, { timeZone: zone || "UTC", ...options }));
  return formats.get(key);
}

const show = (ms, zone, options) => format(zone, options).format(new Date(ms));

export const hourMinute = (ms, zone) => show(ms, zone, { hour: "numeric", minute: "2-digit" });

export const weekday = (ms, zone) => show(ms, zone, { weekday: "short" });

/** `2026-11-24` in the zone: what tells one day from the next. */
export function dayKey(ms, zone) {
  const p = parts(ms, zone);
  return `${p.year}-${p.month}-${p.day}`;
}

export function parts(ms, zone) {
  const found = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone || "UTC",
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    weekday: "short",
  }).formatToParts(new Date(ms));
  return Object.fromEntries(found.map((p) => [p.type, p.value]));
}

/** The unix seconds of a wall-clock time in a zone. In an hour that does not exist the later reading wins. */
export function zoned(date, time, zone) {
  const wall = Date.parse(`${date}T${time}:00Z`);
  const offset = (ms) => {
    const p = parts(ms, zone);
    return (
      Date.parse(`${p.year}-${p.month}-${p.day}T${p.hour}:${p.minute}:${p.second}Z`) - Math.floor(ms / 1000) * 1000
    );
  };
  const first = wall - offset(wall);
  return Math.floor((wall - offset(first)) / 1000);
}

function pretty(ms, zone, otherwise) {
  const day = 86_400_000;
  const key = dayKey(ms, zone);
  if (key === dayKey(now(), zone)) return "today";
  if (key === dayKey(now() - day, zone)) return "yesterday";
  if (key === dayKey(now() + day, zone)) return "tomorrow";
  return otherwise;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** The words between two days of messages. */
export function dayTitle(ms, zone) {
  return capital(pretty(ms, zone, show(ms, zone, { weekday: "long", day: "numeric", month: "long" })));
}

export function ago(ms) {
  const seconds = Math.round((now() - ms) / 1000);
  const [amount, unit] = [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ]
    .map(([size, name]) => [Math.floor(Math.abs(seconds) / size), name])
    .find(([n]) => n > 0) ?? [0, ""];
  if (!amount) return "just now";
  const words = `${amount} ${unit}${amount === 1 ? "" : "s"}`;
  return seconds >= 0 ? `${words} ago` : `in ${words}`;
}

const long = { day: "numeric", month: "long", year: "numeric" };
const short = { day: "numeric", month: "short", year: "numeric" };
const TOKENS = {
  date_num: (ms, z) => dayKey(ms, z),
  date: (ms, z) => show(ms, z, long),
  date_short: (ms, z) => show(ms, z, short),
  date_long: (ms, z) => show(ms, z, { weekday: "long", ...long }),
  date_pretty: (ms, z) => pretty(ms, z, show(ms, z, long)),
  date_short_pretty: (ms, z) => pretty(ms, z, show(ms, z, short)),
  date_long_pretty: (ms, z) => pretty(ms, z, show(ms, z, { weekday: "long", ...long })),
  day_divider_pretty: (ms, z) => pretty(ms, z, show(ms, z, { weekday: "long", ...long })),
  time: (ms, z) => hourMinute(ms, z),
  time_secs: (ms, z) => show(ms, z, { hour: "numeric", minute: "2-digit", second: "2-digit" }),
  ago: (ms) => ago(ms),
};

/** Slack's `<!date^…>` templates: `{date_short_pretty} at {time}`. At the start of a line the first word is capital. */
export function template(seconds, text, zone, first) {
  const words = text.replace(/\{(\w+)\}/g, (whole, token) => TOKENS[token]?.(seconds * 1000, zone) ?? whole);
  return first ? capital(words) : words;
}

export const full = (ms, zone) =>
  `${show(ms, zone, { weekday: "long", day: "numeric", month: "long" })}, ${show(ms, zone, {
    hour: "numeric",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  })}`;
