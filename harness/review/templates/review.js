"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const key = () => `review-${data.review}-${state.reviewer}`;
const state = { reviewer: "", judgements: [], blind: null, shownAt: 0 };

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
  for (const text of data.labels) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "radio";
    input.name = name;
    input.value = text;
    input.checked = text === chosen;
    input.addEventListener("change", () => whenChosen(text));
    label.append(input, " " + text);
    fieldset.append(label);
  }
}

function media(files) {
  const box = at("media");
  box.replaceChildren();
  if (!files.length) {
    box.textContent = "There is nothing to see or hear: the file could not be read.";
  }
  const pictures = files.filter((file) => file.endsWith(".png"));
  box.classList.toggle("frames", pictures.length > 1);
  for (const file of files) {
    const element = document.createElement(file.endsWith(".wav") ? "audio" : "img");
    if (element instanceof HTMLAudioElement) {
      element.controls = true;
    } else {
      element.alt = "the medium of this case";
      element.addEventListener("load", () => {
        element.classList.toggle("small", file.endsWith(".png") && element.naturalWidth < 200);
      });
    }
    element.src = file;
    box.append(element);
  }
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
  at("number").textContent = `Case ${index + 1} of ${data.cases.length}`;
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
  const score = one.score === null ? "" : ` (score ${one.score.toFixed(2)})`;
  const selected = one.selected ? "It selects this case." : "It does not select this case.";
  at("told").tabIndex = -1;
  at("told").textContent =
    one.answer === null ? "The system gave no answer." : `The system answers: ${one.answer}${score}. ${selected}`;
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
    at("wrong").textContent = "State a code of letters and digits.";
    return;
  }
  state.reviewer = code;
  restore();
  at("begin").hidden = true;
  show();
  at("number").focus();
});
at("save").addEventListener("click", save);
