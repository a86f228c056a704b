// Small helpers to build the page. Text always goes through textContent; no markup is ever parsed from data.

const SVG = "http://www.w3.org/2000/svg";

/** Stroke icons on a 24 × 24 grid, drawn for this page. */
const ICONS = {
  add: ["M12 5v14M5 12h14"],
  alert: ["M12 4 2.8 20h18.400L12 4Z", "M12 10v4.500M12 17.300v.2"],
  arrowDown: ["M12 5v14M6.5 13.5 12 19l5.5-5.5"],
  back: ["M15 5l-7 7 7 7"],
  bell: ["M6 16.500V11a6 6 0 0 1 12 0v5.500l1.5 1.500h-15L6 16.500Z", "M10 20.500h4"],
  bolt: ["M13 3 5 13.500h6L10 21l9-11h-6.500L13 3Z"],
  camera: ["M4 8h3.500L9 5.500h6L16.5 8H20v11H4V8Z", "M12 16.500a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.400Z"],
  check: ["M5 12.500l4.5 4.500L19 7.5"],
  chevron: ["M9 5l7 7-7 7"],
  clock: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M12 7v5.200l3.5 2"],
  close: ["M6 6l12 12M18 6 6 18"],
  cut: ["M4 9h7M13 15h7M9 5l6 14"],
  key: ["M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M12 12h9v3.500M17.5 12v2.5"],
  keyboard: ["M3 6.500h18v11H3v-11Z", "M6.5 10h.1M10 10h.1M13.5 10h.1M17 10h.1M8.5 14h7"],
  link: ["M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.700l-1.5 1.5", "M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.700l1.5-1.5"],
  list: ["M5 7h14M5 12h14M5 17h14"],
  location: ["M12 21s6.5-6 6.5-11a6.5 6.5 0 1 0-13 0c0 5 6.5 11 6.5 11Z", "M12 12.300a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.600Z"],
  more: ["M6 12h.01M12 12h.01M18 12h.01"],
  music: ["M9 18V6l10-2v12", "M6.5 20.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z", "M16.5 18.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z"],
  people: ["M12 11.500a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.600Z", "M4.5 20.500c.6-4.2 3.5-6.3 7.5-6.300s6.9 2.1 7.5 6.3"],
  picture: ["M4 5h16v14H4V5Z", "M4 16l4.5-4.5 4 4L15 13l5 4.5", "M15.5 9.500h.1"],
  play: ["M8 5.500v13l11-6.5-11-6.500Z"],
  plusCircle: ["M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M12 8v8M8 12h8"],
  radar: ["M4 18a11 11 0 0 1 16 0", "M7.5 15a6.5 6.5 0 0 1 9 0", "M12 18.500v.1"],
  reload: ["M19.5 12a7.5 7.5 0 1 1-2.5-5.6", "M19.5 3.500V8H15"],
  scan: ["M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4", "M4 12h16"],
  voice: ["M9 4.500h6v8a3 3 0 0 1-6 0v-8Z", "M5.5 12a6.5 6.5 0 0 0 13 0M12 18.500V21"],
  waves: ["M7 10.500a3 3 0 0 1 0 3M10.5 8a6.5 6.5 0 0 1 0 8M14 5.500a10 10 0 0 1 0 13"],
};

/** An icon by name; decorative, hidden from screen readers. */
export function icon(name, className = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", `icon ${className}`.trim());
  for (const d of ICONS[name] ?? ICONS.alert) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/**
 * Build an element. `props`: class, text, on (event → listener), data (dataset), any other key is an attribute;
 * true writes an empty attribute, false/null/undefined leaves it out (aria-* take "true" and "false").
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || (value === false && !name.startsWith("aria-"))) continue;
    if (name === "class") node.className = value;
    else if (name === "text") node.textContent = value;
    else if (name === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    else if (name === "data") Object.assign(node.dataset, value);
    else node.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** The element with this id; the page's own markup, so a missing one is a mistake worth a loud error. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page lacks #${id}`);
  return node;
}

/** Replace an element's children, only when `key` changed, so focus and animations survive a refresh. */
export function fill(node, key, build) {
  const fresh = typeof key === "string" ? key : JSON.stringify(key);
  if (node.dataset.filled === fresh) return false;
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.focusKey : null;
  node.replaceChildren(...[build()].flat().filter(Boolean));
  node.dataset.filled = fresh;
  if (focused) node.querySelector(`[data-focus-key="${CSS.escape(focused)}"]`)?.focus();
  return true;
}

/** Put icons where the markup asks for them with data-icon. */
export function drawIcons(root = document) {
  for (const node of root.querySelectorAll("[data-icon]")) {
    node.prepend(icon(node.dataset.icon));
    node.removeAttribute("data-icon");
  }
}

/** A square avatar with the last character of a name, its tint steady per person. */
export function avatar(name, seed, className = "") {
  const letter = Array.from((name || "").trim()).at(-1) ?? "?";
  let sum = 0;
  for (const char of seed || name || "") sum = (sum * 31 + char.codePointAt(0)) % 997;
  return el("span", { class: `avatar tint-${sum % 8} ${className}`.trim(), "aria-hidden": "true", text: letter });
}
