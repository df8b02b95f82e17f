/** The page: filters, keys, and which of its views is shown. */

import { ask, changed, go, parameters } from "./address.js";
import { at, count, el, quantity, renew, WORDS } from "./elements.js";
import { playOrPause } from "./media.js";
import { Rows } from "./rows.js";
import { Sample } from "./sample.js";
import { groups, isShown, Verdicts } from "./verdicts.js";

const SEEN = new Set(["face", "audiovisual", "video", "not_stated"]);
const VIEWS = { samples: "Samples", verdicts: "Verdicts", groups: "Groups" };

async function start() {
  const run = await ask("run");
  if (run.versus !== null && !parameters().has("against") && !location.hash) {
    history.replaceState(null, "", changed({ against: run.versus }));
  }
  if (!run.classes.length) {
    WORDS.answered = "answered"; // labels are numbers, of which none is right or wrong
  }
  const words = { ...WORDS, ...ofTwo(run) };
  const rows = new Rows(run, words);
  const page = { run, words, rows, verdicts: new Verdicts(), answer: null };
  const close = () => {
    go(changed({ sample: null }));
    at("grid").focus();
  };
  page.sample = new Sample(run, { step: (by) => rows.step(by), close });
  page.close = close;
  title(run);
  filters(page);
  keys(page);
  addEventListener("hashchange", () => update(page));
  await update(page);
}

/** The words for who is right, with what tells the two apart. */
function ofTwo(run) {
  const isTwo = run.runs.length > 1;
  return { only_first: isTwo ? "only A right" : "only the first right", only_second: isTwo ? "only B right" : "only the other right" };
}

function title(run) {
  const [first, second] = run.runs;
  const text = second ? `A: ${first.system} · B: ${second.system}` : first.system;
  at("title").replaceChildren(el("span", {}, first.dataset), el("small", {}, text));
  at("report").hidden = !run.has_report;
  at("blur").hidden = !run.modalities.some((modality) => SEEN.has(modality));
  document.title = `${first.dataset} · ${text}`;
  const notes = run.runs.flatMap((one) => one.notes);
  if (second && run.num_shared < run.num_samples) {
    notes.push(`${count(run.num_shared)} of ${count(run.num_samples)} samples of A are in B; compared are these.`);
  }
  if (second && run.num_shared < second.num_samples) {
    notes.push(`${quantity(second.num_samples - run.num_shared, "sample")} of B ${second.num_samples - run.num_shared === 1 ? "is" : "are"} not in A, and not shown.`);
  }
  if (run.media.absent) {
    notes.push(run.media.absent);
  }
  at("notes").replaceChildren(...notes.map((text) => el("p", { class: "notice" }, text)));
}

async function update(page) {
  if (parameters().has("result")) {
    try {
      const { query } = await ask("result", new URLSearchParams({ row: parameters().get("result") }));
      history.replaceState(null, "", changed(query, new URLSearchParams()));
    } catch (error) {
      at("grid").hidden = true;
      at("clear").hidden = false;
      at("total").textContent = error.message;
      return;
    }
  }
  const shown = isShown("verdicts") ? "verdicts" : isShown("groups") && parameters().has("against") ? "groups" : "samples";
  for (const name of Object.keys(VIEWS)) {
    at(name).hidden = name !== shown;
  }
  at("filters").hidden = shown === "verdicts";
  views(page, shown);
  if (shown === "verdicts") {
    await page.verdicts.show();
    return;
  }
  const wanted = parameters().get("sample");
  try {
    page.answer = (await page.rows.load(wanted)) ?? page.answer;
    at("grid").hidden = false;
    chosen(page);
    if (shown === "groups") {
      groups(page.run, page.answer, page.words);
    } else {
      page.rows.draw();
    }
  } catch (error) {
    if (error.name === "AbortError") {
      return;
    }
    at("grid").hidden = true; // what it showed is not what the address asks for
    at("counts").replaceChildren();
    at("clear").hidden = false;
    at("total").textContent = error.message;
  }
  await page.sample.show();
}

function views(page, shown) {
  const known = Object.entries(VIEWS).filter(([name]) => name !== "groups" || parameters().has("against"));
  renew(
    at("views"),
    known.map(([name, text]) =>
      el("button", { type: "button", "data-key": name, "aria-pressed": String(name === shown), onclick: () => open(name) }, text),
    ),
  );
}

function open(name) {
  go(changed({ view: name === "samples" ? null : name, ...(name === "samples" ? {} : { sample: null }) }));
}

/** The fields of the form; each writes into the address, which asks for the rows. */
function filters(page) {
  const { run } = page;
  const sides = run.sides.map((side, index) => [String(index), sideName(run, side)]);
  const search = el("input", { type: "search", id: "search", name: "search", maxlength: "200", placeholder: "id, subject, session" });
  const fields = [
    field("Search", search),
    ...(sides.length > 1 ? [field("Answers of", choice("answers", sides)), field("Against", choice("against", [["", "nobody"], ...sides]))] : []),
    ...run.axes.map(({ axis, title, groups }) => field(title, choice(`in.${axis}`, [["", "all"], ...groups]))),
    ...(run.classes.length
      ? [
          field("Label", choice("truth", [["", "all"], ...run.classes])),
          field("Answer", choice("answer", [["", "all"]])),
          el("div", { class: "range" }, field("Confidence from", bound("least")), field("to", bound("most"))),
        ]
      : []),
  ];
  const clear = el("button", { type: "button", id: "clear", onclick: () => clearAll() }, "Clear");
  const inner = el("div", { class: "fields" }, ...fields, clear);
  const folded = el("details", { id: "folded", open: !matchMedia("(max-width: 52rem)").matches }, el("summary", {}, "Filters"), inner);
  at("filters").append(folded);
  at("filters").addEventListener("submit", (event) => event.preventDefault());
  let waiting;
  let pending = {};
  at("filters").addEventListener("input", (event) => {
    clearTimeout(waiting);
    pending[event.target.name] = event.target.value;
    waiting = setTimeout(
      () => {
        const changes = pending;
        pending = {};
        go(changed({ ...changes, sample: null }), { replace: Object.keys(changes).join() === "search" });
      },
      event.target.tagName === "SELECT" ? 0 : 200,
    );
  });
}

const sideName = (run, side) => `${run.runs.length > 1 ? `${"AB"[side.run]}: ` : ""}${side.model}${side.condition === "clean" ? "" : ` · ${side.condition}`}`;

function field(text, input) {
  return el("label", { class: "field" }, el("span", {}, text), input);
}

function choice(name, options) {
  return el("select", { name }, ...options.map(([value, text]) => el("option", { value }, text)));
}

function bound(name) {
  return el("input", { type: "number", name, min: "0", max: "1", step: "0.05", inputmode: "decimal" });
}

function clearAll() {
  const kept = parameters();
  go(changed({ answers: kept.get("answers"), against: kept.get("against"), view: kept.get("view") }, new URLSearchParams()));
}

/** Set the fields to what the address says, and show how many samples of each kind there are. */
function chosen(page) {
  const asked = parameters();
  const answers = at("filters").querySelector("[name=answer]");
  answers?.replaceChildren(...[["", "all"], ...page.answer.names].map(([value, text]) => el("option", { value }, text)));
  for (const input of at("filters").querySelectorAll("select, input")) {
    const values = asked.getAll(input.name);
    input.querySelector("[data-several]")?.remove();
    if (input.tagName === "SELECT" && values.length > 1) {
      several(input, values);
    } else if (input !== document.activeElement || input.tagName === "SELECT") {
      input.value = values[0] ?? (input.name === "answers" ? "0" : "");
    }
  }
  const isTwo = asked.has("against");
  const name = isTwo ? "pair" : "status";
  const kinds = isTwo ? page.run.pairs : page.run.statuses;
  const pressed = new Set(asked.getAll(name));
  const shown = kinds.filter((kind) => page.answer.counts[kind] || pressed.has(kind));
  renew(
    at("counts"),
    shown.map((kind) => {
      const next = new Set(pressed);
      next.has(kind) ? next.delete(kind) : next.add(kind);
      const onclick = () => go(changed({ [name]: [...next], sample: null }));
      return el("button", { type: "button", class: kind, "data-key": kind, "aria-pressed": String(pressed.has(kind)), onclick }, `${page.words[kind]} `, el("b", {}, count(page.answer.counts[kind])));
    }),
  );
  at("clear").hidden = ![...asked.keys()].some((key) => !["answers", "against", "view", "sample"].includes(key));
  const rows = asked.has("rows") ? ", chosen by their rows in samples.parquet" : "";
  const about = asked.has("about") ? `, whose label or answer is ${asked.getAll("about").join(" or ")}` : "";
  const behind = page.answer.behind ? `, behind the verdict on ${page.answer.behind}` : "";
  at("total").textContent = `${quantity(page.answer.total, "sample")} of ${quantity(page.answer.subjects, "subject")}${about}${rows}${behind}`;
}

/** A link may choose several groups of an axis, which one field cannot show. */
function several(select, values) {
  const value = JSON.stringify(values);
  const shown = (one) => [...select.options].find((option) => option.value === one)?.textContent ?? one;
  select.append(el("option", { value, "data-several": true, disabled: true }, values.map(shown).join(" or ")));
  select.value = value;
}

function setBlur(isBlurred) {
  document.body.classList.toggle("blurred", isBlurred);
  at("blur").setAttribute("aria-pressed", String(isBlurred));
  at("blur").querySelector("b").textContent = isBlurred ? "blurred" : "shown";
}

function keys(page) {
  const toggle = () => setBlur(!document.body.classList.contains("blurred"));
  at("blur").addEventListener("click", toggle);
  at("help").addEventListener("click", () => at("keys").showModal());
  const letters = {
    b: toggle,
    c: clearAll,
    g: () => parameters().has("against") && open("groups"),
    j: () => page.rows.step(1),
    k: () => page.rows.step(-1),
    p: playOrPause,
    s: () => open("samples"),
    v: () => open("verdicts"),
    "/": () => {
      at("folded").open = true;
      at("search").focus();
    },
    "?": () => at("keys").showModal(),
  };
  const moves = {
    ArrowDown: () => page.rows.step(1),
    ArrowUp: () => page.rows.step(-1),
    PageDown: () => page.rows.step(10),
    PageUp: () => page.rows.step(-10),
    Home: () => page.rows.choose(0),
    End: () => page.rows.choose(page.rows.total - 1),
    Enter: () => at("sample-name")?.focus(),
  };
  addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.ctrlKey || event.metaKey || event.altKey || at("keys").open) {
      return;
    }
    if (event.key === "Escape" && parameters().has("sample")) {
      page.close();
    } else if (!isTyping && letters[event.key] && at("letters").checked) {
      event.preventDefault();
      letters[event.key]();
    } else if (event.target === at("grid") && moves[event.key]) {
      event.preventDefault();
      moves[event.key]();
    }
  });
}

start().catch((error) => {
  at("notes").replaceChildren(el("p", { class: "notice", role: "alert" }, error.message));
});
