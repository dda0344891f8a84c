// The only way nodes are made on this page. Text becomes text nodes, never markup, so nothing that a person or
// the bot writes can run: there is no innerHTML anywhere, and links pass `safeUrl`.

const SVG = "http://www.w3.org/2000/svg";

/** `h("button", { class: "x", onclick: f, "aria-label": "Send" }, "Send", child, [more], null)` */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "class") node.className = value;
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "style") for (const [name, v] of Object.entries(value)) node.style.setProperty(name, v);
    else if (key === "value" || key === "checked" || key === "disabled" || key === "indeterminate") node[key] = value;
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  append(node, children);
  return node;
}

export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}

export function replace(node, ...children) {
  node.replaceChildren();
  return append(node, children);
}

/** Only addresses a browser may follow without running anything: absolute ones, or a path on this server. */
export function safeUrl(url) {
  if (/^\/(?![\/\\])/.test(url)) return url;
  try {
    return ["http:", "https:", "mailto:", "tel:"].includes(new URL(url).protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}

export function link(url, ...children) {
  const href = safeUrl(url);
  if (!href) return h("span", { class: "dead-link" }, ...children);
  return h("a", { href, target: "_blank", rel: "noopener noreferrer" }, ...children);
}

const PATHS = {
  hash: "M9.5 4 7.5 20M16.5 4l-2 16M4.5 9h16M3.5 15h16",
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  shared: "M9.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM21.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM9.5 12h5",
  send: "M4 12 3.5 4.5 21 12 3.5 19.5zM4 12h8",
  reply: "M4 5h16v11H11l-4 4v-4H4z",
  smile: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8.5 14.5c1.8 2.3 5.2 2.3 7 0M9 9.500h.01M15 9.500h.01",
  more: "M12 5.500h.01M12 12h.01M12 18.500h.01",
  pencil: "M4 20l1-4.500L16 4.500l3.5 3.500L8.5 19zM13.5 7l3.5 3.5",
  trash: "M5 7h14M9.5 7V4.500h5V7M7 7l1 13h8l1-13",
  close: "M6 6l12 12M18 6 6 18",
  clip: "M20 11.500l-8 8a5 5 0 0 1-7-7l8.5-8.500a3.3 3.3 0 0 1 4.7 4.700L10 17a1.6 1.6 0 0 1-2.3-2.300l7.3-7.2",
  slash: "M15 4 9 20",
  at: "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM16 8v5.500a2.5 2.5 0 0 0 5 0V12a9 9 0 1 0-3.5 7.1",
  down: "M6 9l6 6 6-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  check: "M5 12.5 10 17.5 19.5 7",
  home: "M4 11.5 12 4.500l8 7M6.5 10v10h11V10",
  clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
  sun: "M12 16.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM12 2v2.500M12 19.500V22M2 12h2.500M19.5 12H22M5 5l1.7 1.700M17.3 17.3 19 19M19 5l-1.7 1.700M6.7 17.3 5 19",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z",
  auto: "M12 21a9 9 0 1 0 0-18zM12 21a9 9 0 0 1 0-18",
  skip: "M5 5l8 7-8 7zM18 5v14",
  calendar: "M4 6h16v14H4zM4 10h16M8.5 3.500V7M15.5 3.500V7",
  bolt: "M13 3 5 13.500h6L10.5 21 19 10h-6z",
  search: "M16 10.500a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM15 15l5 5",
  warn: "M12 4 2.5 20h19zM12 10v4.500M12 17.300h.01",
  file: "M6 3.500h8l4 4V20.500H6zM14 3.500V8h4",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
  people:
    "M9 11.500a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6M16 11a3 3 0 0 0 0-6M18 14.500c2.2.8 3.5 2.8 3.5 5.5",
};

/** A line icon; decoration only, so hidden from screen readers. */
export function icon(name, size = 18) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", width: size, height: size, fill: "none", stroke: "currentColor" };
  Object.entries({
    ...attributes,
    "stroke-width": name === "more" ? 3 : 1.8,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
    "aria-hidden": "true",
    class: `icon icon-${name}`,
  }).forEach(([key, value]) => svg.setAttribute(key, value));
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name] ?? "");
  svg.append(path);
  return svg;
}

/** The mark of the product: a mirror throwing sunlight. */
export function mark(size = 28) {
  const svg = document.createElementNS(SVG, "svg");
  const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
  set(svg, { viewBox: "0 0 32 32", width: size, height: size, "aria-hidden": "true", class: "mark" });
  const shape = (tag, values) => {
    const node = document.createElementNS(SVG, tag);
    set(node, values);
    svg.append(node);
  };
  const ray = { stroke: "currentColor", "stroke-width": 2.4, "stroke-linecap": "round" };
  shape("circle", { cx: 14, cy: 18, r: 6.5, fill: "currentColor" });
  for (const [x1, y1, x2, y2] of [
    [20.5, 11.5, 27, 5],
    [14, 8, 14, 4.5],
    [24, 18, 27.5, 18],
    [6.9, 10.9, 4.5, 8.5],
    [21.1, 25.1, 23.5, 27.5],
    [14, 28, 14, 28.5],
    [4, 18, 3.5, 18],
  ])
    shape("line", { x1, y1, x2, y2, ...ray });
  return svg;
}
