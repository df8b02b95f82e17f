/** The verdicts of the run, each with a link to its rows; and of two runs, who was right in which group. */

import { ask, changed, go, link, parameters } from "./address.js";
import { at, count, el, quantity, renew, WORDS } from "./elements.js";

const KINDS = ["not_met", "inconclusive", "met", "not_tested"];

export class Verdicts {
  constructor() {
    this.box = at("verdicts");
    this.chosen = new Set(["not_met", "inconclusive", "met"]);
    this.search = "";
    this.input = el("input", { type: "search", id: "verdict-search", placeholder: "accuracy, female, noise …", oninput: () => this.typed() });
    this.list = el("ul", { class: "verdict-list" });
    this.kinds = el("div", { class: "counts", role: "group", "aria-label": "Which verdicts" });
    this.total = el("p", { class: "total", role: "status" });
    this.box.append(
      el("h2", {}, "Verdicts"),
      el("p", { class: "soft" }, "Each leads to the samples that it rests on."),
      el("p", { class: "searching" }, el("label", { for: "verdict-search" }, "Search"), this.input),
      this.kinds,
      this.total,
      this.list,
    );
  }

  typed() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      this.search = this.input.value;
      this.show();
    }, 150);
  }

  async show() {
    const asked = new URLSearchParams({ search: this.search });
    this.chosen.forEach((name) => asked.append("verdict", name));
    let answer;
    try {
      answer = await ask("verdicts", asked);
    } catch (error) {
      this.list.replaceChildren(el("li", {}, error.message));
      return;
    }
    renew(this.kinds, KINDS.map((name) => this.kind(name, answer.counts[name])));
    const cut = answer.total > answer.verdicts.length ? `, of which the first ${count(answer.verdicts.length)} are listed` : "";
    this.total.textContent = `${quantity(answer.total, "verdict")}${cut}`;
    this.list.replaceChildren(...answer.verdicts.map(entry));
  }

  kind(name, num) {
    const pressed = this.chosen.has(name);
    const onclick = () => {
      pressed ? this.chosen.delete(name) : this.chosen.add(name);
      this.show();
    };
    return el("button", { type: "button", "data-key": name, "aria-pressed": String(pressed), onclick }, `${WORDS[name]} `, el("b", {}, count(num)));
  }
}

function entry(verdict) {
  const whose = verdict.condition === "clean" ? verdict.model : `${verdict.model}, ${verdict.condition}`;
  return el(
    "li",
    {},
    el("span", { class: `verdict ${verdict.verdict}` }, WORDS[verdict.verdict]),
    el(
      "div",
      {},
      el("a", { href: link(verdict.query, new URLSearchParams()) }, verdict.what),
      el("small", {}, [whose, verdict.value].filter(Boolean).join(" · ")),
      verdict.reason ? el("small", {}, verdict.reason) : null,
    ),
  );
}

/** Of two, in every group: how often only the first, only the second, both or neither is right. */
export function groups(run, answer, words) {
  const box = at("groups");
  const tables = run.axes.map(({ axis, title, groups }) => {
    const rows = groups.map(([name, text]) => {
      const counts = answer.by_group[axis][name];
      const target = link({ view: null, sample: null, pair: null, [`in.${axis}`]: name });
      const cells = run.pairs.map((pair) => {
        const onclick = () => go(changed({ view: null, sample: null, pair, [`in.${axis}`]: name }));
        const shown = counts[pair] ? el("button", { type: "button", onclick, "aria-label": `${count(counts[pair])}: ${words[pair]}, ${text}` }, count(counts[pair])) : "0";
        return el("td", { class: "num" }, shown);
      });
      return el("tr", {}, el("th", { scope: "row" }, el("a", { href: target }, text)), ...cells);
    });
    const heads = ["group", ...run.pairs.map((pair) => words[pair])];
    const table = el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((text, index) => el("th", { scope: "col", class: index ? "num" : "" }, text)))), el("tbody", {}, ...rows));
    return el("figure", {}, el("h3", {}, title), el("div", { class: "box", tabindex: "0", role: "region", "aria-label": title }, table));
  });
  const none = tables.length ? [] : [el("p", {}, "This run has no attributes of people.")];
  const remark = "Counts of the samples that the filters choose. Whether a difference is more than chance, harness compare says.";
  box.replaceChildren(el("h2", {}, "Who is right, per group"), el("p", { class: "soft" }, remark), ...none, ...tables);
}

export const isShown = (name) => parameters().get("view") === name;
