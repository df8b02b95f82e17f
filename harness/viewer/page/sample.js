/** One sample: its medium, what was answered and what is known of it. */

import { ask, link, parameters } from "./address.js";
import { at, el, facts, mark, number, seconds } from "./elements.js";
import { drawn } from "./media.js";

export class Sample {
  constructor(run, steps) {
    this.run = run;
    this.steps = steps;
    this.box = at("sample");
    this.shown = null;
  }

  /** Show the sample that the address names, or nothing. */
  async show() {
    const asked = parameters();
    const row = asked.get("sample");
    const named = Number(asked.get("answers") ?? 0);
    const side = named in this.run.sides ? named : 0;
    const key = row === null ? null : `${row} ${side} ${asked.get("against")}`;
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    this.box.hidden = row === null;
    document.body.classList.toggle("reading", row !== null);
    if (row === null) {
      this.box.replaceChildren();
      return;
    }
    let sample;
    try {
      sample = await ask("sample", { row });
    } catch (error) {
      sample = error;
    }
    if (key !== this.shown) {
      return;
    }
    if (sample instanceof Error) {
      this.box.replaceChildren(this.head(`sample ${row}`), el("p", { class: "notice" }, sample.message));
      return;
    }
    this.medium = el("div", { class: "medium" });
    this.box.replaceChildren(this.head(sample.sample), this.medium, ...this.told(sample, side, asked.get("against")));
    this.box.scrollTop = 0;
    await this.media(sample, this.run.sides[side].run === 0 ? side : 0);
  }

  head(name) {
    const button = (text, label, onclick) => el("button", { type: "button", "aria-label": label, onclick }, text);
    return el(
      "div",
      { class: "head" },
      el("h2", { tabindex: "-1", id: "sample-name" }, name),
      el(
        "div",
        { class: "steps" },
        button("↑", "previous sample", () => this.steps.step(-1)),
        button("↓", "next sample", () => this.steps.step(1)),
        button("✕", "close the sample", () => this.steps.close()),
      ),
    );
  }

  async media(sample, side) {
    const key = this.shown;
    this.medium.replaceChildren(el("p", { class: "soft" }, "reading the medium …"));
    let medium;
    try {
      medium = await ask("media", { row: sample.row, answers: side });
    } catch (error) {
      medium = { absent: error.message, parts: [] };
    }
    if (key === this.shown) {
      const { condition } = this.run.sides[side];
      const under = condition === "clean" ? [] : [el("p", { class: "soft" }, `Under the condition ${condition}:`)];
      this.medium.replaceChildren(...under, ...drawn(medium, sample.sample).filter(Boolean));
    }
  }

  told(sample, side, against) {
    const own = sample.answers.find((answer) => answer.side === side);
    const other = against === null ? undefined : sample.answers.find((answer) => answer.side === Number(against));
    return [
      ...[own, other].filter(Boolean).flatMap((answer) => this.answer(answer, sample)),
      ...(sample.votes.length ? [el("h3", {}, "Votes of raters"), bars(sample.votes, Math.max(...sample.votes.map(([, n]) => n)), 0)] : []),
      el("h3", {}, "Sample"),
      facts([...sample.facts, ...(sample.uri ? [["file", sample.uri]] : []), ...(sample.part ? [["part", sample.part]] : []), ["row", `${sample.row} of samples.parquet`]]),
      ...(sample.quality.length ? [el("h3", {}, "Quality and properties"), facts(sample.quality)] : []),
      el("h3", {}, "All answers"),
      this.all(sample),
    ];
  }

  answer(answer, sample) {
    const { run, model, condition } = this.run.sides[answer.side];
    const whose = this.run.runs.length > 1 ? `${"AB"[run]}: ${model}` : model;
    const times = [
      ["to prepare", answer.prepare_s],
      ["model", answer.forward_s],
    ].filter(([, value]) => value !== null);
    const trained = answer.training ? [["trained on", answer.training]] : [];
    return [
      el("h3", {}, `${whose}${condition === "clean" ? "" : `, ${condition}`}`),
      el("p", { class: "verdict-line" }, el("strong", {}, answer.answer ?? "no answer"), " ", mark(answer.status), " ", answer.distance === null ? null : el("span", {}, `off by ${number(answer.distance)} `), el("small", { class: "soft" }, `label: ${sample.label ?? "none"}`)),
      answer.reason ? el("p", { class: "soft" }, answer.reason) : null,
      answer.scores.length ? bars(answer.scores, 1, 3, answer.answer) : null,
      trained.length || times.length || answer.service?.length
        ? facts([...trained, ...times.map(([name, value]) => [name, seconds(value)]), ...(answer.service ?? [])])
        : null,
      answer.repeats.length ? el("p", { class: "soft" }, `Asked again: ${answer.repeats.map((text) => text ?? "no answer").join(", ")}`) : null,
      answer.raw ? el("details", { open: true }, el("summary", {}, "Answer word for word"), el("pre", { tabindex: "0" }, answer.raw)) : null,
    ].filter(Boolean);
  }

  /** The sample under every condition and for every model; a click shows the medium under it. */
  all(sample) {
    const rows = sample.answers.map((answer) => {
      const { run, model, condition } = this.run.sides[answer.side];
      const name = this.run.runs.length > 1 ? `${"AB"[run]}: ${model}` : model;
      const best = answer.scores.length ? Math.max(...answer.scores.map(([, score]) => score)) : null;
      const heard =
        run === 0 && !this.run.media.absent
          ? el("button", { type: "button", "aria-label": `show the medium under ${condition}`, onclick: () => this.media(sample, answer.side) }, "show")
          : null;
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, el("a", { href: link({ answers: answer.side }) }, name), el("small", {}, condition)),
        el("td", {}, answer.answer ?? "–"),
        el("td", {}, mark(answer.status)),
        el("td", { class: "num" }, number(best)),
        el("td", {}, heard),
      );
    });
    const heads = ["whose, and condition", "answer", "outcome", "confidence", "medium"];
    return el(
      "div",
      { class: "box", tabindex: "0", role: "region", "aria-label": "All answers to this sample" },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((text) => el("th", { scope: "col" }, text)))), el("tbody", {}, ...rows)),
    );
  }
}

function bars(pairs, most, digits, chosen = null) {
  return el(
    "dl",
    { class: "bars" },
    ...pairs.flatMap(([name, value]) => {
      const fill = el("span", { class: "fill" });
      fill.style.width = `${100 * Math.max(0, Math.min(1, (value ?? 0) / (most || 1)))}%`;
      const own = { class: name !== null && name === chosen ? "chosen" : null };
      return [el("dt", own, name ?? "–"), el("dd", own, el("span", { class: "trough", "aria-hidden": "true" }, fill), number(value, digits))];
    }),
  );
}
