/** The list of samples: of however many, only those in sight are in the page; others are asked for in pages. */

import { ask, changed, go, parameters, query } from "./address.js";
import { at, el, mark, number, renew, seconds } from "./elements.js";

const PAGE = 100;
const MAX_HEIGHT = 8_000_000; // browsers draw no taller element; above it rows are further than they look

export class Rows {
  constructor(run, words) {
    this.run = run;
    this.words = words;
    this.grid = at("grid");
    this.lines = at("lines");
    this.narrow = matchMedia("(max-width: 52rem)");
    this.pages = new Map();
    this.total = 0;
    this.current = -1;
    this.key = null;
    this.sought = null;
    this.grid.addEventListener("scroll", () => this.draw());
    this.narrow.addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  get height() {
    return this.narrow.matches ? 64 : 34;
  }

  /** Ask anew if the address asks for other rows; the answer to the first page, or null. */
  async load(wanted) {
    const asked = query();
    this.wanted = asked.toString();
    if (this.wanted === this.key) {
      await this.find(wanted);
      return null;
    }
    this.stop?.abort();
    this.stop = new AbortController();
    const first = new URLSearchParams(asked);
    first.set("limit", PAGE);
    if (wanted !== null) {
      first.set("find", wanted);
    }
    const answer = await ask("rows", first, this.stop.signal);
    if (this.wanted !== asked.toString()) {
      throw new DOMException("The address asks for other rows by now.", "AbortError");
    }
    this.key = this.wanted;
    this.sought = wanted;
    this.asked = asked;
    this.pages = new Map([[0, answer.rows]]);
    this.total = answer.total;
    this.current = answer.position ?? -1;
    this.isTwo = asked.has("against");
    this.heads();
    this.grid.setAttribute("aria-rowcount", this.total + 1);
    this.grid.scrollTop = 0;
    this.show(this.current);
    this.draw();
    return answer;
  }

  /** Make the row of a sample the current one that the address names, but the list did not choose. */
  async find(wanted) {
    if (wanted === null || wanted === this.sought) {
      return;
    }
    this.sought = wanted;
    const asked = new URLSearchParams(this.asked);
    asked.set("limit", 0);
    asked.set("find", wanted);
    const { key } = this;
    const { position } = await ask("rows", asked, this.stop.signal);
    if (wanted === this.sought && key === this.key) {
      this.current = position ?? -1;
      this.show(this.current);
    }
  }

  heads() {
    const names = { sample: "sample", groups: "groups", truth: "label", ...(this.run.classes.length ? { answer: "answer", confidence: "confidence" } : { distance: "off by" }) };
    const rest = this.isTwo ? { other: "other answer", pair: "who is right" } : { status: "outcome", seconds: "time" };
    const sorted = parameters().get("sort") ?? (this.isTwo ? "pair" : "row");
    const down = parameters().get("down") === "1";
    this.grid.classList.toggle("two", this.isTwo);
    this.grid.classList.toggle("numbers", !this.run.classes.length);
    this.grid.classList.toggle("ungrouped", !this.run.axes.length);
    const heads = Object.entries({ ...names, ...rest }).map(([key, name]) => {
      const isSorted = key === sorted;
      const order = isSorted ? (down ? "descending" : "ascending") : "none";
      const sign = isSorted ? (down ? " ↓" : " ↑") : "";
      if (key === "groups" || key === "other") {
        return el("div", { role: "columnheader", class: key }, name);
      }
      const next = !isSorted ? { sort: key, down: key === "confidence" || key === "distance" ? "1" : null } : down ? { sort: null, down: null } : { sort: key, down: "1" };
      const button = el("button", { type: "button", "data-key": key, onclick: () => go(changed(next)) }, name, el("span", { "aria-hidden": "true" }, sign));
      return el("div", { role: "columnheader", class: key, "aria-sort": order }, button);
    });
    at("heads").setAttribute("aria-rowindex", "1");
    renew(at("heads"), heads);
  }

  /** Draw the rows in sight, and ask for those that are not here yet. */
  draw() {
    this.lines.style.height = `${Math.min(this.total * this.height, MAX_HEIGHT)}px`;
    const room = Math.ceil(this.grid.clientHeight / this.height) + 1;
    const { first, isShrunk } = this;
    const shown = [];
    for (let index = first; index < Math.min(first + room, this.total); index += 1) {
      shown.push(this.line(index, isShrunk ? this.grid.scrollTop + (index - first) * this.height : index * this.height));
    }
    this.lines.replaceChildren(...shown);
    this.grid.setAttribute("aria-activedescendant", this.current >= 0 && at(`line-${this.current}`) ? `line-${this.current}` : "");
    this.fetch(first, first + room);
  }

  /** How many rows are wholly in sight. */
  get visible() {
    return Math.max(1, Math.floor((this.grid.clientHeight - at("heads").offsetHeight) / this.height));
  }

  /** How far the list can be scrolled, in pixels. */
  get reach() {
    return Math.max(1, Math.min(this.total * this.height, MAX_HEIGHT) + at("heads").offsetHeight - this.grid.clientHeight);
  }

  get isShrunk() {
    return this.total * this.height > MAX_HEIGHT;
  }

  /** The first row in sight. */
  get first() {
    if (!this.isShrunk) {
      return Math.max(0, Math.floor(this.grid.scrollTop / this.height));
    }
    return Math.round(Math.min(1, this.grid.scrollTop / this.reach) * (this.total - this.visible));
  }

  line(index, top) {
    const row = this.pages.get(Math.floor(index / PAGE))?.[index % PAGE];
    const isCurrent = index === this.current;
    const line = el("div", {
      role: "row",
      id: `line-${index}`,
      class: "item",
      "aria-rowindex": index + 2,
      "aria-selected": String(isCurrent),
      onclick: () => this.choose(index),
    });
    line.style.transform = `translateY(${top}px)`;
    line.append(...(row ? this.cells(row) : [el("div", { role: "gridcell", class: "sample" }, "…")]));
    return line;
  }

  cells(row) {
    const cell = (name, ...children) => el("div", { role: "gridcell", class: name }, ...children);
    const common = [
      cell("sample", el("bdi", { dir: "ltr" }, row.sample)),
      cell("groups", row.groups.filter((name) => name !== "unknown").join(" · ")),
      cell("truth", row.truth ?? "–"),
      ...(this.run.classes.length
        ? [cell("answer", row.answer ?? (row.distance === null ? "–" : `off by ${number(row.distance)}`)), cell("confidence", bar(row.confidence))]
        : [cell("distance", number(row.distance))]),
    ];
    if (this.isTwo) {
      return [...common, cell("other", row.other.answer ?? "–"), cell("pair", mark(row.pair, this.words))];
    }
    return [...common, cell("status", mark(row.status)), cell("seconds", seconds(row.seconds))];
  }

  async fetch(from, to) {
    const missing = [];
    for (let page = Math.floor(from / PAGE); page <= Math.floor(Math.min(to, this.total - 1) / PAGE); page += 1) {
      if (!this.pages.has(page) && page >= 0) {
        this.pages.set(page, null);
        missing.push(page);
      }
    }
    const { key, stop } = this;
    for (const page of missing) {
      const asked = new URLSearchParams(this.asked);
      asked.set("offset", page * PAGE);
      asked.set("limit", PAGE);
      try {
        const answer = await ask("rows", asked, stop.signal);
        if (key === this.key) {
          this.pages.set(page, answer.rows);
        }
      } catch {
        this.pages.delete(page); // it is asked for again when it is next in sight
      }
    }
    if (missing.length && key === this.key) {
      this.draw();
    }
  }

  /** Bring a row into sight. */
  show(index) {
    const { first, visible } = this;
    if (index < 0 || (index > first && index < first + visible)) {
      return;
    }
    const target = index <= first ? index : index - visible + 1;
    this.grid.scrollTop = this.isShrunk ? (this.reach * target) / (this.total - visible) : target * this.height;
  }

  /** Make a row the current one, and show its sample. */
  async choose(index) {
    if (index < 0 || index >= this.total) {
      return;
    }
    this.current = index;
    this.show(index);
    this.draw();
    const page = Math.floor(index / PAGE);
    if (!this.pages.get(page)) {
      this.pages.delete(page);
      await this.fetch(index, index);
    }
    const row = this.pages.get(page)?.[index % PAGE];
    if (row && this.current === index) {
      this.sought = String(row.row);
      go(changed({ sample: row.row }), { replace: parameters().has("sample") });
    }
  }

  step(by) {
    return this.choose(Math.max(0, Math.min(this.total - 1, this.current + by)));
  }
}

function bar(value) {
  if (value === null) {
    return el("span", { class: "none" }, "–");
  }
  const fill = el("span", { class: "fill" });
  fill.style.width = `${100 * Math.max(0, Math.min(1, value))}%`;
  return el("span", { class: "scored" }, el("span", { class: "trough", "aria-hidden": "true" }, fill), number(value));
}

export { bar };
