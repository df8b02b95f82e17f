from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import soundfile
from silent import Silent

from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.packs.planned_study import planned_reader
from harness.plain_yaml import read_yaml
from harness.review.drawn_cases import ReviewChoices
from harness.review.review_document import ReviewDocument, read_document
from harness.review.review_page import LANGUAGES, WORDS, render_page
from harness.review.sample_review import sample_review
from harness.study.compose import compose_study
from harness.study.run_study import run

CHOICES = (
    "dataset=table",
    "dataset.label_source=acted",
    "workers=0",
    "tracking.enabled=false",
    "measure.permutations=100",
)
HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve pictures of four people, and answers to eleven of them, in a finished run."""
    place = tmp_path_factory.mktemp("pictures")
    lines, answers = (
        ["file,label,subject,attr.sex"],
        ["sample_id,label,outcome,reason", "00.png,,abstained,no_face"],
    )
    for number in range(12):
        name = f"{number:02}.png"
        cv2.imwrite(str(place / name), np.full((8, 8, 3), 20 * number, np.uint8))
        lines.append(f"{name},{('anger', 'calm')[number % 2]},p{number % 4},{'fm'[number % 2]}")
        if number:
            answers.append(f"{name},{('anger', 'calm')[number % 3 == 0]},scored,")
    (place / "samples.csv").write_text("\n".join(lines))
    (place / "answers.csv").write_text("\n".join(answers))
    answered = ["dataset.modality=face", "model=predictions", f"model.file={place / 'answers.csv'}"]
    run(compose_study([*CHOICES, *answered, f"dataset.root={place}", f"out={place / 'run'}"]), Silent())
    return place


def sampled(place: Path, into: Path, *, root: Path | None = None, **choices: Any) -> ReviewDocument:
    asked = ReviewChoices(**{"select": ["anger"], "by": None, "num_cases": 8, "seed": 0, **choices})
    reader = partial(opened, root or place)
    return sample_review(RunFolder(place / "run"), reader, asked, into, lambda done, total: None)


def opened(root: Path, plan: Mapping[str, Any]) -> Reader[Any]:
    return planned_reader(plan, [f"dataset.root={root}"])


def test_cases_are_those_of_the_run_and_their_media_are_written(place: Path, tmp_path: Path) -> None:
    document = sampled(place, tmp_path / "review", by="sex", num_cases=10)
    assert read_document(tmp_path / "review")[0] == document
    assert {of.status for of in document.strata} == {"selected", "not_selected", "no_answer"}
    for number, case in enumerate(document.cases, start=1):
        picture = cv2.imread(str(tmp_path / "review" / "cases" / f"{number:05}-1.png"))
        assert np.unique(picture).tolist() == [20 * case.row]
        assert case.truth == ("anger", "calm")[case.row % 2]
        assert case.answer == (("anger", "calm")[case.row % 3 == 0] if case.row else None)
        assert document.strata[case.stratum].group == ("female", "male")[case.row % 2]
        assert case.subject == case.row % 4


def test_others_cannot_read_the_folder_and_nothing_names_samples(place: Path, tmp_path: Path) -> None:
    sampled(place, tmp_path / "review")
    assert stat.S_IMODE((tmp_path / "review").stat().st_mode) == 0o700
    for name in ("review.json", "review.html"):
        assert not re.search(r"\b\d\d\.png|\bp[0-3]\b", (tmp_path / "review" / name).read_text())


def test_media_that_are_not_those_of_the_run_are_refused(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = ["file,label,subject"]
    for number in range(8):
        soundfile.write(tmp_path / f"{number}.wav", rng.uniform(-0.5, 0.5, 8000), 16_000)
        lines.append(f"{number}.wav,{('anger', 'calm')[number % 2]},p{number // 2}")
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    heard = ["dataset.modality=voice", "model=voice_functionals_svm", "checks.enabled=false"]
    run(compose_study([*CHOICES, *heard, f"dataset.root={tmp_path}", f"out={tmp_path / 'run'}"]), Silent())
    sampled(tmp_path, tmp_path / "review", num_cases=4)
    soundfile.write(tmp_path / "3.wav", np.zeros(8000), 16_000)
    with pytest.raises(HarnessError, match=r"3\.wav is not the file that the run read"):
        sampled(tmp_path, tmp_path / "again")
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"by": "age"}, "no attribute 'age'"),
        ({"num_cases": 1}, "draw 2 to 10,000"),
        ({"select": ["joy"]}, "state a label"),
    ],
)
def test_choices_that_do_not_fit_are_named(
    place: Path, tmp_path: Path, choices: dict[str, Any], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        sampled(place, tmp_path / "review", **choices)
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_there_is_left_alone(place: Path, tmp_path: Path) -> None:
    (tmp_path / "review").mkdir()
    with pytest.raises(HarnessError, match="exists"):
        sampled(place, tmp_path / "review")


def test_the_page_runs_its_own_script_alone_and_shows_names_as_text(place: Path, tmp_path: Path) -> None:
    document = sampled(place, tmp_path / "review")
    hostile = document.model_copy(update={"labels": [HOSTILE, "calm"], "dataset": HOSTILE})
    page = render_page(hostile, "0" * 64, [[]] * len(document.cases))
    assert HOSTILE not in page
    assert page.count("<script") == 2
    assert "script-src 'sha256-" in page
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert data is not None
    assert json.loads(data[1])["labels"][0]["value"] == HOSTILE
    assert "truth" not in data[1]


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs Chromium")
def test_a_browser_shows_the_answer_only_after_the_first_judgement(place: Path, tmp_path: Path) -> None:
    sampled(place, tmp_path / "review")
    page = (tmp_path / "review" / "review.html").read_text()
    steps = """
      const pick = (name, value) =>
        [...document.querySelectorAll(`input[name=${name}]`)].find((input) => input.value === value).click();
      const dutch = [...at("languages").children].find((button) => button.lang === "nl");
      dutch.click();
      at("who").value = "R1";
      at("start").click();
      const hidden = at("second").hidden;
      const asked = [at("title"), at("number"), at("blind")].map((one) => one.innerText);
      const answers = [];
      data.cases.forEach((one, index) => {
        pick("blind", index % 2 ? "anger" : "(cannot tell)");
        at("keep").click();
        if (at("second").hidden || !at("blind").disabled) throw new Error("still blind");
        answers.push(at("told").textContent);
        pick("after", "calm");
        at("next").click();
      });
      const done = !at("finished").hidden;
      document.title = JSON.stringify({ hidden, asked, answers, done, judgements: state.judgements });
    """
    own = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
    driven = tmp_path / "review" / "driven.html"
    driven.write_text(own.replace("</body>", f"<script>{steps}</script></body>"))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", driven.as_uri()]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    title = re.search("<title>(.*?)</title>", shown)
    assert title is not None
    found = json.loads(title[1])
    assert found["hidden"]
    assert found["done"]
    assert [(one["case"], one["blind"], one["after"]) for one in found["judgements"]] == [
        (number, "anger" if number % 2 == 0 else "(cannot tell)", "calm") for number in range(1, 9)
    ]
    assert found["asked"] == [
        "Beoordeling van 8 gevallen",
        "Geval 1 van 8",
        "Wat laat deze persoon zien of horen?\n anger\n calm\n geen van deze\n niet te zeggen",
    ]
    assert set(found["answers"]) == {
        "Het systeem gaf geen antwoord.",
        "Het systeem antwoordt: anger. Het kiest dit geval.",
        "Het systeem antwoordt: calm. Het kiest dit geval niet.",
    }


def test_the_page_says_the_same_in_every_language() -> None:
    english, dutch = (read_yaml(WORDS / f"{language}.yaml") for language in LANGUAGES)
    assert list(english) == list(dutch)
    for key, text in english.items():
        assert re.findall(r"{\w+}", text) == re.findall(r"{\w+}", dutch[key])
