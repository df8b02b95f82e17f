/** Elements from data. All text becomes text nodes: nothing from a run is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes, properties that begin with "on", and children. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same in SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value === true) {
      element.setAttribute(key, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export const at = (id) => document.getElementById(id);

/** Put elements in place of others; the one that had the focus keeps it, known by its data-key. */
export function renew(box, children) {
  const key = box.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  box.replaceChildren(...children);
  [...box.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}

/** A number as the report writes it, or a dash. */
export function number(value, digits = 2) {
  return value === null || value === undefined ? "–" : value.toFixed(digits).replace("-", "−");
}

export const count = (value) => value.toLocaleString("en");

export function quantity(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** Seconds in a unit that fits. */
export function seconds(value) {
  return value === null || value === undefined ? "–" : value < 1 ? `${(1000 * value).toFixed(0)} ms` : `${value.toFixed(1)} s`;
}

/** A table of names and values. */
export function facts(pairs) {
  return el("dl", { class: "facts" }, ...pairs.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

export const WORDS = {
  right: "right",
  wrong: "wrong",
  answered: "answered, no label",
  abstained: "abstained",
  failed: "failed",
  left_out: "left out",
  absent: "not in this run",
  both_wrong_apart: "both wrong, differently",
  both_wrong_alike: "both wrong, alike",
  both_right: "both right",
  not_judged: "not judged",
  met: "met",
  not_met: "not met",
  inconclusive: "inconclusive",
  not_tested: "not tested",
};

const MARKS = { right: "✓", both_right: "✓", wrong: "✕", both_wrong_apart: "✕", both_wrong_alike: "✕" };

/** A status in a word, with a sign and a colour that say the same. */
export function mark(status, words = WORDS) {
  const sign = MARKS[status] ?? (status.startsWith("only") ? "≠" : "–");
  return el("span", { class: `mark ${status}` }, el("span", { "aria-hidden": "true" }, `${sign} `), words[status] ?? status);
}
