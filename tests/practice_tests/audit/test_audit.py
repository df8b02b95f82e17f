"""Made systems of which it is known whom they treat otherwise, and one that treats everybody alike."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from measured_practice import again_without_a_difference
from silent import Silent

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.errors import HarnessError
from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.audit.audited_answers import AuditedAnswers
from harness.practice_tests.audit.group_questions import group_questions, group_rows
from harness.practice_tests.opened_practice import open_practice, practice_options
from harness.practice_tests.practice_folder import run_practice
from harness.practice_tests.questions import answered

PEOPLE, EACH = 240, 40
NAMES = ("a", "b", "c")
GAPS = ("coverage_gap", "negative_gap", "confidence_gap")


def made(*, missing: float = 0.0, negative: float = 0.0, unsure: float = 0.0, names: int = 3) -> AuditedAnswers:
    """Answers to everybody; the last group gets fewer, more negative and less certain ones by so much."""
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(PEOPLE), EACH)
    index = subject % names
    last = index == names - 1
    answer = np.where(rng.random(len(subject)) < 0.3 + negative * last, "anger", "happiness").astype(object)
    answer[rng.random(len(subject)) < 0.1 + missing * last] = ""
    confidence = np.where(answer == "", np.nan, 0.8 - unsure * last + rng.normal(0, 0.02, len(subject)))
    groups = tuple(Group(name, (name,)) for name in NAMES[:names])
    return AuditedAnswers(
        *("made", "system", subject, answer, answer == "anger", confidence, np.full(len(subject), 0.01)),
        axes=[Groups(("origin",), groups, index)],
    )


def verdicts(audited: AuditedAnswers) -> dict[tuple[str, str], str]:
    options = AuditOptions(model="system")
    rows = answered(list(group_questions(audited, options)), 0.95)
    return {(row.metric, row.group): str(row.verdict) for row in rows}


def test_nobody_is_found_to_be_treated_otherwise_by_a_system_that_treats_all_alike() -> None:
    found = verdicts(made())
    assert set(found) == {(metric, name) for metric in GAPS for name in NAMES}
    assert set(found.values()) == {"met"}


@pytest.mark.parametrize(
    ("defect", "metric"), [("missing", "coverage_gap"), ("negative", "negative_gap"), ("unsure", "confidence_gap")]
)
def test_the_group_that_is_treated_otherwise_is_named(defect: str, metric: str) -> None:
    found = verdicts(made(**{defect: 0.3}))
    assert found[metric, "c"] == "not_met"
    assert {verdict for (name, _), verdict in found.items() if name != metric} == {"met"}


def test_of_two_groups_one_comparison_says_it_all() -> None:
    questions = list(group_questions(made(names=2), AuditOptions(model="system")))
    assert [(of.metric, of.columns["group"], of.columns["versus"]) for of in questions] == [
        (metric, "a", "b") for metric in GAPS
    ]


def test_too_few_people_on_one_side_are_not_tested() -> None:
    audited = made()
    few = AuditedAnswers(
        **{
            **vars(audited),
            "axes": [Groups(("x",), audited.axes[0].groups, (audited.subject < 3).astype(np.int64))],
        }
    )
    found = verdicts(few)
    assert found["coverage_gap", "b"] == "not_tested"


def test_shares_are_those_that_are_counted() -> None:
    audited = made(missing=0.2)
    rows = {(row.metric, row.group): row for row in group_rows(audited, 0.95)}
    in_c = audited.axes[0].index == 2
    assert rows["coverage", "c"].value == pytest.approx((audited.answer[in_c] != "").mean())
    assert rows["negative", "c"].value == pytest.approx(
        (audited.answer[in_c & (audited.answer != "")] == "anger").mean()
    )
    happy, angry = rows["answer:happiness", "c"].value, rows["answer:anger", "c"].value
    assert happy is not None
    assert angry is not None
    assert happy + angry == pytest.approx(1.0)
    assert rows["seconds", "a"].value == pytest.approx(0.01)
    assert rows["coverage", "c"].n_subjects == PEOPLE // 3
    missing = int((audited.answer[in_c] == "").sum())
    for metric, num in (("coverage", in_c.sum()), ("negative", in_c.sum() - missing)):
        assert (rows[metric, "c"].n_samples, rows[metric, "c"].n_unscored) == (num, missing)
    asked = {question.metric: question.columns for question in group_questions(audited, AuditOptions(model="m"))}
    everywhere = int((audited.answer == "").sum())
    assert {metric: asked[metric]["n_unscored"] for metric in GAPS} == dict.fromkeys(GAPS, everywhere)
    assert asked["negative_gap"]["n_samples"] == len(audited.answer) - everywhere


def test_one_command_makes_the_audit_of_people_without_labels(tmp_path: Path) -> None:
    lines, answers = ["sample_id,subject_id,attr.sex"], ["sample_id,label,score.anger,score.happiness"]
    for person in range(40):
        lines.append(f"s{person},p{person},{'fm'[person % 2]}")
        answers.append(f"s{person},anger,0.9,0.1" if person % 2 else f"s{person},happiness,0.2,0.8")
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    (tmp_path / "answers.csv").write_text("\n".join(answers))
    test = open_practice("audit")
    arguments = [
        "model=predictions",
        f"model_options={{file: {tmp_path / 'answers.csv'}}}",
        f"root={tmp_path}",
        "dataset_options={modality: face}",
        f"out={tmp_path / 'out'}",
    ]
    out, result = run_practice(test, practice_options(test, arguments), Silent())
    gap = next(row for row in result.rows if row.metric == "negative_gap")
    assert (gap.value, gap.verdict) == (-1.0, "not_met")
    again_without_a_difference(out)
    scores = {(row.group, row.metric): row.value for row in result.rows if row.metric.startswith("score:")}
    assert scores == pytest.approx(
        {
            ("female", "score:anger"): 0.2,
            ("female", "score:happiness"): 0.8,
            ("male", "score:anger"): 0.9,
            ("male", "score:happiness"): 0.1,
        }
    )
    assert "Gemiddelde score van elke emotie" in (out / "summary.nl.html").read_text()
    assert json.loads((out / "practice.json").read_text())["facts"]["axes"] == ["sex"]
    assert "vrouwen: het deel negatieve emoties verschilt" in (out / "summary.nl.html").read_text()


def answers_of_tables(folder: Path) -> AuditOptions:
    """For ``samples.csv`` and ``answers.csv`` of a folder."""
    return AuditOptions(
        model="predictions",
        model_options={"file": str(folder / "answers.csv")},
        root=folder,
        dataset_options={"modality": "face"},
        out=folder / "out",
    )


OWN_CARD = """\
name: acme
title: Acme's reader of faces
kind: predictions
modalities: []
description: Answers from a file.
licence: {name: not stated, commercial_use: false}
training: pretrained
purpose: To be audited.
limitations: [none stated]
"""


def test_a_system_with_a_card_of_ones_own_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CARDS", "")  # what is added to it goes after the test
    for path, text in (("models/acme/card.yaml", OWN_CARD), ("configs/model/acme.yaml", "name: acme\n")):
        (tmp_path / "own" / path).parent.mkdir(parents=True)
        (tmp_path / "own" / path).write_text(text)
    people = [f"s{person},p{person},{'fm'[person % 2]}" for person in range(8)]
    (tmp_path / "samples.csv").write_text("\n".join(["sample_id,subject_id,attr.sex", *people]))
    (tmp_path / "answers.csv").write_text("\n".join(["sample_id,label", *(f"s{n},anger" for n in range(8))]))
    options = answers_of_tables(tmp_path).model_copy(update={"model": "acme", "config_dir": tmp_path / "own"})
    out, _ = run_practice(open_practice("audit"), options, Silent())
    assert "name: acme" in (out / "study" / "plan.yaml").read_text()


def test_people_without_attributes_cannot_be_compared(tmp_path: Path) -> None:
    (tmp_path / "samples.csv").write_text("sample_id,subject_id\na,p\nb,q")
    (tmp_path / "answers.csv").write_text("sample_id,label\na,anger\nb,anger")
    options = answers_of_tables(tmp_path)
    with pytest.raises(HarnessError, match="The people have no attributes"):
        run_practice(open_practice("audit"), options, Silent())


def test_scores_that_are_no_probabilities_have_no_limit_and_no_percentages(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lines, answers = ["sample_id,subject_id,attr.sex"], ["sample_id,label,score.anger,score.fear"]
    values = rng.normal((5.0, -2.0), 1.0, (40, 2))
    for person, (anger, fear) in enumerate(values.tolist()):
        lines.append(f"s{person},p{person},{'fm'[person % 2]}")
        answers.append(f"s{person},anger,{anger},{fear}")
    (tmp_path / "samples.csv").write_text("\n".join(lines))
    (tmp_path / "answers.csv").write_text("\n".join(answers))
    options = answers_of_tables(tmp_path)
    out, result = run_practice(open_practice("audit"), options, Silent())
    gap = next(row for row in result.rows if row.metric == "confidence_gap")
    assert (gap.verdict, gap.value) == ("not_tested", None)
    row = next(row for row in result.rows if (row.metric, row.group) == ("score:fear", "female"))
    assert row.value == pytest.approx(values[::2, 1].mean(), abs=1e-6)
    assert row.lo is not None
    assert row.hi is not None
    assert row.lo < row.value < row.hi < 0
    dutch = (out / "summary.nl.html").read_text()
    assert "de scores liggen niet tussen 0 en 1" in dutch
    assert re.search(r">5,\d+<", dutch)
