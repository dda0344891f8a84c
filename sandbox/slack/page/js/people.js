// How people look: a tile with an initial, in a colour of their own, and what is special about them in a word.

import { h, mark } from "./dom.js";
import { store } from "./state.js";

/** A colour of one's own, the same for whoever looks. */
function hue(id) {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + letter.charCodeAt(0)) % 9973;
  return (sum * 137.5) % 360;
}

export const SLACKBOT = { id: "USLACKBOT", name: "Slackbot", real_name: "Slackbot", bot: true };

export const person = (id) => (id === "USLACKBOT" ? SLACKBOT : store.people.get(id));

export function avatar(who, size = 36) {
  const style = { "--size": `${size}px` };
  if (who?.bot && who.id !== "USLACKBOT") return h("span", { class: "avatar app-avatar", style }, mark(size * 0.66));
  if (who?.id === "USLACKBOT") return h("span", { class: "avatar slackbot", style }, "⌁");
  const name = who?.name ?? "?";
  return h(
    "span",
    {
      class: `avatar${who?.deleted ? " gone" : ""}`,
      style: { ...style, "--hue": hue(who?.id ?? "?") },
      "aria-hidden": "true",
    },
    name.charAt(0).toUpperCase(),
  );
}

export function badges(who) {
  return [
    who?.deleted && h("span", { class: "badge" }, "deactivated"),
    who?.external && h("span", { class: "badge ext" }, "external"),
    who?.guest && h("span", { class: "badge guest" }, "guest"),
  ];
}

const REGIONS = [
  ["United States", "America/Los_Angeles"],
  ["Europe", "Europe/Berlin"],
  ["India", "Asia/Kolkata"],
  ["Australia", "Australia/Sydney"],
];
const CLIENTS = {
  opal: "aurora",
  jade: "aurora",
  onyx: "borealis",
  quartz: "borealis",
  agate: "cirrus",
  beryl: "cirrus",
};
const LEADS = ["polaris", "castor", "pollux", "sirius"];

/** Where a person belongs, for the act-as list. The demo workspace is a fixed cast (docs/sandbox.md). */
export function team(who) {
  const client = who.company ?? CLIENTS[who.name];
  if (client) return `Client ${client}`;
  if (who.name === "sol" || who.admin) return "Platform admin";
  return REGIONS.find(([, zone]) => zone === who.tz)?.[0] ?? "Others";
}

export function role(who) {
  if (who.name === "sol") return "admin";
  if (LEADS.includes(who.name)) return "lead";
  if (CLIENTS[who.name] || who.company) return who.guest ? "guest" : "client";
  return who.bot ? "app" : "engineer";
}

export const TEAMS = [
  "Client aurora",
  "Client borealis",
  "Client cirrus",
  ...REGIONS.map(([name]) => name),
  "Platform admin",
  "Others",
];
