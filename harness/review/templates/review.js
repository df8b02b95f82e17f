"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const key = () => `review-${data.review}-${state.reviewer}`;
const state = { reviewer: "", judgements: [], blind: null, shownAt: 0 };
let language = Object.keys(data.words).find((one) => navigator.language.startsWith(one)) || "en";

function say(key, values = {}) {
  return data.words[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

function restore() {
  try {
    const kept = JSON.parse(localStorage.getItem(key()));
    if (kept && Array.isArray(kept.judgements)) {
      Object.assign(state, kept);
    }
  } catch {
    // A browser that keeps nothing: the file still can be saved.
  }
}

function keep() {
  try {
    localStorage.setItem(key(), JSON.stringify(state));
  } catch {
    // As above.
  }
}

function choices(fieldset, name, chosen, whenChosen) {
  fieldset.querySelectorAll("label").forEach((label) => label.remove());
  for (const { value, key } of data.labels) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = name;
    input.value = value;
    input.checked = value === chosen;
    input.addEventListener("change", () => whenChosen(value));
    label.append(input, " " + (key === null ? value : say(key)));
    fieldset.append(label);
  }
}

function media(files) {
  const box = at("media");
  box.replaceChildren();
  if (!files.length) {
    box.textContent = say("nothing");
  }
  const pictures = files.filter((file) => file.endsWith(".png"));
  box.classList.toggle("frames", pictures.length > 1);
  for (const file of files) {
    const element = document.createElement(file.endsWith(".wav") ? "audio" : "img");
    if (element instanceof HTMLAudioElement) {
      element.controls = true;
    } else {
      element.alt = say("medium");
      element.addEventListener("load", () => {
        element.classList.toggle("small", file.endsWith(".png") && element.naturalWidth < 200);
      });
    }
    element.src = file;
    box.append(element);
  }
}

function told(one) {
  if (one.answer === null) {
    return say("no_answer");
  }
  const answer =
    one.score === null
      ? say("answer", { answer: one.answer })
      : say("answer_score", { answer: one.answer, score: one.score.toFixed(2).replace(".", say("decimal")) });
  return `${answer} ${say(one.selected ? "selected" : "not_selected")}`;
}

function show() {
  const index = state.judgements.length;
  at("done").value = index;
  at("save").hidden = index === 0;
  at("finished").hidden = index < data.cases.length;
  at("case").hidden = index >= data.cases.length;
  if (index >= data.cases.length) {
    return;
  }
  const one = data.cases[index];
  at("number").textContent = say("number", { number: index + 1, num: data.cases.length });
  media(one.files);
  const isBlind = state.blind === null;
  at("second").hidden = isBlind;
  at("keep").hidden = !isBlind;
  at("keep").disabled = true;
  let chosen = state.blind && state.blind.label;
  choices(at("blind"), "blind", chosen, (text) => {
    chosen = text;
    at("keep").disabled = false;
  });
  at("blind").disabled = !isBlind;
  state.shownAt = performance.now();
  at("keep").onclick = () => {
    state.blind = { label: chosen, seconds: (performance.now() - state.shownAt) / 1000 };
    keep();
    show();
    at("told").focus();
  };
  if (isBlind) {
    return;
  }
  at("told").tabIndex = -1;
  at("told").textContent = told(one);
  let after = state.blind.label;
  choices(at("after"), "after", after, (text) => {
    after = text;
  });
  at("next").onclick = () => {
    state.judgements.push({
      case: index + 1,
      blind: state.blind.label,
      after: after,
      seconds: Math.round(state.blind.seconds * 10) / 10,
    });
    state.blind = null;
    keep();
    show();
    at("number").focus();
  };
}

function save() {
  const file = { schema: 1, review: data.review, reviewer: state.reviewer, judgements: state.judgements };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
  link.download = `judgements-${state.reviewer.replace(/[^\w.-]/g, "_")}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

at("start").addEventListener("click", () => {
  const code = at("who").value.trim();
  if (!/^[\p{L}\p{N}_ .-]{1,40}$/u.test(code)) {
    at("wrong").textContent = say("bad_code");
    return;
  }
  state.reviewer = code;
  restore();
  at("languages").hidden = true;
  at("begin").hidden = true;
  show();
  at("number").focus();
});
at("save").addEventListener("click", save);

// Only before the first case: a case that is open would lose what was chosen but not kept.
function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = at("title").textContent = say("title", { num: data.cases.length });
  at("done").setAttribute("aria-label", say("progress"));
  at("wrong").textContent = "";
  document.querySelectorAll("[data-words]").forEach((element) => {
    element.textContent = say(element.dataset.words);
  });
  at("languages").querySelectorAll("button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.lang === chosen));
  });
}

for (const [code, words] of Object.entries(data.words)) {
  const button = document.createElement("button");
  button.type = "button";
  button.lang = code;
  button.textContent = words.language;
  button.addEventListener("click", () => speak(code));
  at("languages").append(button);
}
speak(language);
