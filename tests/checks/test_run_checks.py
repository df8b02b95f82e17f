from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from outside_packages import CHECK, Install

from harness.cards.facts import model_card
from harness.checks.run_checks import Evidence, checked_system, run_checks
from harness.errors import HarnessError
from harness.tables.alignment import align
from harness.tables.predictions import concat_predictions, predictions_table, validate_predictions
from harness.tables.probe_tables import MEDIA
from harness.tables.results import Result, results_table
from harness.tables.samples import samples_table

LABELS = ["anger", "fear", "neutral", "sadness"]
CHECKS = [
    "blind",
    "label_order",
    "swapped_labels",
    "subject_leakage",
    "collapsed",
    "probabilities",
    "support",
    "acted_only",
    "recording_condition",
    "proxy_leakage",
    "near_duplicates",
    "determinism",
    "batch_invariance",
    "frozen",
    "answers",
    "channel_order",
    "input_scale",
]


def evidence_of(samples: pa.Table, predictions: pa.Table, **others: Any) -> Evidence:
    aligned = align(samples, predictions, model="toy", condition="clean", merge={})
    return Evidence(samples=samples, predictions=predictions, aligned=aligned, **others)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    rng = np.random.default_rng(0)
    people = np.repeat(np.arange(24), 8)
    samples = samples_table(
        [
            {
                "sample_id": f"s{index}",
                "modality": "face",
                "subject_id": f"p{person}",
                "label": LABELS[index % 4],
                "label_source": "acted",
                "attr.sex": "female" if person % 2 else "male",
                "ctx.room": str(rng.choice(["a", "b"])),
            }
            for index, person in enumerate(people)
        ]
    )
    predictions = [
        predictions_table(
            model=name,
            labels=LABELS,
            sample_id=samples["sample_id"].to_pylist(),
            outcome=["scored"] * len(people),
            reason=[None] * len(people),
            label=[LABELS[i] for i in scores.argmax(1)],
            scores=scores.tolist(),
            condition=condition,
        )
        for name, condition in (("toy", "noise"), ("toy", "clean"), ("majority", "clean"))
        for scores in [rng.dirichlet(np.ones(4), len(people))]
    ]
    cards = [model_card("fer_mini_xception"), model_card("majority")]
    both = validate_predictions(concat_predictions(predictions), samples)
    return evidence_of(samples, both, model_cards=cards, folds={"toy": []})


def examined(evidence: Evidence, outside: Sequence[str] | None = None) -> list[Result]:
    system = checked_system(
        evidence, dataset="toys", model="toy", grouping=None, seed=0, level=0.95, min_subjects=5
    )
    return run_checks(system, outside)


def test_every_check_speaks_of_the_system_alone(evidence: Evidence) -> None:
    table = results_table(examined(evidence))
    assert list(dict.fromkeys(table["metric"].to_pylist())) == list(CHECKS)
    assert set(table["kind"].to_pylist()) == {"check"}
    assert table["index"].null_count == table.num_rows
    for column, value in (("model", "toy"), ("condition", "clean"), ("statistic", "index"), ("axis", "overall")):
        assert set(table[column].to_pylist()) == {value}
    assert table["verdict"].null_count == 0
    assert table["reason"].null_count == 0


def test_repeats_are_compared_with_the_first_clean_answers_in_whatever_order(evidence: Evidence) -> None:
    own = (pc.field("model") == "toy") & (pc.field("condition") == "clean")
    again = evidence.predictions.filter(own).take(pa.array(range(evidence.samples.num_rows - 1, -1, -1)))
    found = {row.metric: row for row in examined(replace(evidence, repeats={2: again, 3: again}))}
    assert (found["determinism"].verdict, found["determinism"].n_samples) == ("met", 192)
    assert "asked 3 times in this study" in (found["determinism"].reason or "")


def test_whatever_was_found_has_a_remedy(evidence: Evidence) -> None:
    found = [finding for finding in examined(evidence) if finding.verdict == "not_met"]
    assert [finding.metric for finding in found] == ["acted_only"]
    assert all("Remedy: " in str(finding.reason) for finding in found)


def test_findings_are_the_same_every_time_and_in_any_order_of_rows(evidence: Evidence) -> None:
    shuffled = evidence.predictions.take(np.random.default_rng(1).permutation(evidence.predictions.num_rows))
    again = evidence_of(
        evidence.samples,
        shuffled,
        model_cards=evidence.model_cards,
        folds=evidence.folds,
        media=MEDIA.empty_table(),
    )
    assert examined(again) == examined(evidence)


@pytest.mark.parametrize("answer", [None, "anger"], ids=["nothing", "the same"])
def test_a_system_that_says_nothing_is_examined_too(evidence: Evidence, answer: str | None) -> None:
    num = evidence.samples.num_rows
    predictions = predictions_table(
        model="toy",
        labels=LABELS,
        sample_id=evidence.samples["sample_id"].to_pylist(),
        outcome=["failed" if answer is None else "scored"] * num,
        reason=["crashed"] * num,
        label=[answer] * num,
    )
    verdicts = {
        str(f.metric): f.verdict
        for f in examined(evidence_of(evidence.samples, predictions, model_cards=evidence.model_cards, folds={}))
    }
    assert verdicts["collapsed"] == ("not_tested" if answer is None else "not_met")
    assert verdicts["label_order"] == "inconclusive"


def test_one_sample_is_enough_to_be_examined() -> None:
    row = {"sample_id": "s", "modality": "face", "subject_id": "p", "label_source": "observer"}
    samples = samples_table([{**row, "valence": 0.5}])
    predictions = predictions_table(
        model="toy",
        labels=[],
        sample_id=["s"],
        outcome=["scored"],
        reason=[None],
        label=[None],
        dimensions={"valence": [0.1]},
    )
    findings = examined(evidence_of(samples, predictions, model_cards=[model_card("majority")], folds={}))
    assert {f.verdict for f in findings} == {"not_tested", "met"}
    assert isinstance(results_table(findings), pa.Table)


OWN = {"checks": {"few_samples": "own_check:few_samples"}}


def test_a_check_of_another_package_is_made_after_our_own(evidence: Evidence, install: Install) -> None:
    before = examined(evidence)
    install(OWN, own_check=CHECK)
    *found, last = examined(evidence)
    assert found == before
    assert (last.kind, last.metric, last.verdict, last.value) == ("check", "few_samples", "not_met", 192.0)
    assert examined(evidence, outside=["few_samples"]) == [*found, last]
    assert examined(evidence, outside=[]) == before


def test_a_check_of_another_package_may_give_every_figure_of_a_finding(
    evidence: Evidence, install: Install
) -> None:
    filled = (
        "group='front', value=0.5, interval=(0.4, 0.6), null=(0.1, 0.3), threshold=0.2, method='exact', "
        "num_samples=7, num_subjects=3)]\n    num = system"
    )
    code = CHECK.replace("num = system", f'return [system.finding("few_samples", checked(False, ""), {filled}', 1)
    install(OWN, own_check=code)
    last = examined(evidence)[-1]
    assert (last.metric, last.group, last.value, last.threshold) == ("few_samples", "front", 0.5, 0.2)
    assert (last.lo, last.hi, last.level, last.method) == (0.4, 0.6, 0.95, "exact")
    assert (last.null_lo, last.null_hi, last.n_samples, last.n_subjects) == (0.1, 0.3, 7, 3)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            '"few_samples", checked(False',
            '"support", checked(False',
            "returned what is not a finding of its own name",
        ),
        ("num = system", "return ['fine']\n    num = system", "returned what is not a finding of its own name"),
        (
            "num = system",
            'from types import SimpleNamespace as Own\n    return [system.finding("few_samples", Own('
            'verdict="met", reason=""))]\n    num = system',
            r"failed \(TypeError: a judgement comes from harness.verdicts.judge \(found SimpleNamespace\)",
        ),
        (
            "num = system",
            "from harness.verdicts import judge\n"
            "    class Own(judge.Judgement):\n"
            "        def __post_init__(self, made_by): pass\n"
            '    return [system.finding("few_samples", Own("superb", ""))]\n    num = system',
            r"failed \(TypeError: a judgement comes from harness.verdicts.judge \(found Own\)",
        ),
        (
            "num = system",
            'return [system.finding("few_samples", None)]\n    num = system',
            "returned what is not a finding of its own name",
        ),
        (
            "num = system",
            "from dataclasses import replace\n    found = checked(False, '')\n"
            '    return [replace(system.finding("few_samples", found), index="gini")]\n    num = system',
            "returned what is not a finding of its own name",
        ),
        (
            '"few_samples", checked(False',
            '"few_samples", group=None, judgement=checked(False',
            r"returned what cannot be stored \(results: column group",
        ),
        ("value=float(num)", "value='many'", r"failed \(ArrowInvalid: "),
        ("num = ", "num = 1 / 0 + ", r"failed \(ZeroDivisionError: division by zero\)"),
        ("def few_samples(system):", "few_samples = 'x'\ndef other(system):", r"is no function .* \(found str\)"),
    ],
)
def test_a_check_that_fails_or_speaks_of_something_else_is_named(
    evidence: Evidence, install: Install, old: str, new: str, problem: str
) -> None:
    code = CHECK.replace(old, new).replace("num < 1000", "num < 0")
    install(OWN, own_check=code)
    with pytest.raises(HarnessError, match=rf"the check 'few_samples' of the package own-things 1\.2 {problem}"):
        examined(evidence)
