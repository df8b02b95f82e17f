"""What the stored answers say of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from harness.checks.checked_system import CheckedSystem
from harness.checks.other_input import channel_order, input_scale
from harness.checks.probes import batch_invariance, determinism, missed_share
from harness.tables.predictions import predictions_table
from harness.tables.probe_tables import AS_GIVEN, PROBES, unasked
from harness.tables.results import Result

MakeSystem = Callable[..., CheckedSystem]
CHECKS = (determinism, batch_invariance, channel_order, input_scale)

REPEATS = (("batch_invariance", "alone"), ("batch_invariance", "together"), ("determinism", "again"))


def repeats(num: int, changes: dict[tuple[str, str, int], float | None]) -> list[dict[str, Any]]:
    return [
        {
            "sample_id": f"s{i:06d}",
            "probe": probe,
            "variant": variant,
            "outcome": "scored",
            "max_difference": changes.get((probe, variant, i), 0.0),
        }
        for probe, variant in REPEATS
        for i in range(num)
    ]


def inputs(probe: str, answers: dict[str, list[str | None]]) -> list[dict[str, Any]]:
    return [
        {
            "sample_id": f"s{i:06d}",
            "probe": probe,
            "variant": variant,
            "outcome": "scored" if label else "failed",
            "label": label,
            "max_difference": 0.0,
        }
        for variant, labels in answers.items()
        for i, label in enumerate(labels)
    ]


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=PROBES)


def probed(system: CheckedSystem) -> list[Result]:
    return [found for check in CHECKS for found in check(system)]


def findings(system: CheckedSystem, rows: list[dict[str, Any]]) -> dict[str, Result]:
    return {found.metric: found for found in probed(replace(system, probes=table(rows)))}


@pytest.fixture
def system(make_system: MakeSystem) -> CheckedSystem:
    label = ["a", "b"] * 60
    return make_system(np.repeat(np.arange(20), 6).tolist(), label, label)


def test_a_model_that_says_the_same_passes(system: CheckedSystem) -> None:
    found = findings(system, repeats(10, {("batch_invariance", "alone", 3): 9e-6}))
    assert (found["determinism"].verdict, found["determinism"].value) == ("met", 0.0)
    assert (found["batch_invariance"].verdict, found["batch_invariance"].value) == ("met", 9e-6)
    assert (found["batch_invariance"].threshold, found["batch_invariance"].n_samples) == (1e-5, 10)
    assert found["batch_invariance"].n_subjects == 2


def test_what_passes_says_what_it_cannot_exclude(system: CheckedSystem) -> None:
    """0.95 of 64 samples that all agree: 1 - 0.05^(1/64) = 4.57 % may differ; of ten, 25.9 %."""
    assert missed_share(64, 0.95) == pytest.approx(stats.beta.ppf(0.95, 1, 64))
    found = findings(system, repeats(64, {}))
    for check in ("determinism", "batch_invariance"):
        assert "Up to 4.6% of all samples may still get others." in (found[check].reason or "")
    assert "Up to 25.9%" in (findings(system, repeats(10, {}))["determinism"].reason or "")


@pytest.mark.parametrize("difference", [2e-5, None, float("inf")])
@pytest.mark.parametrize("variant", ["alone", "together"])
def test_another_score_in_another_batch_is_found(
    system: CheckedSystem, variant: str, difference: float | None
) -> None:
    found = findings(system, repeats(10, {("batch_invariance", variant, 3): difference}))
    assert found["batch_invariance"].verdict == "not_met"
    assert "1 sample of 10" in (found["batch_invariance"].reason or "")
    assert "such as row 3 of samples.parquet. Remedy: put the model into evaluation mode" in (
        found["batch_invariance"].reason or ""
    )
    assert found["determinism"].verdict == "met"


def test_determinism_is_to_the_byte_and_comes_before_the_batch(system: CheckedSystem) -> None:
    changes = {("determinism", "again", 0): 1e-16, ("batch_invariance", "alone", 0): 1.0}
    found = findings(system, repeats(10, changes))
    assert found["determinism"].verdict == "not_met"
    assert found["batch_invariance"].verdict == "inconclusive"


def test_nothing_probed_is_not_tested(system: CheckedSystem) -> None:
    for nothing in (None, PROBES.empty_table()):
        found = probed(replace(system, probes=nothing))
        assert [f.metric for f in found] == [
            "determinism",
            "batch_invariance",
            "channel_order",
            "input_scale",
        ]
        assert {f.verdict for f in found} == {"not_tested"}


def times_of(system: CheckedSystem, *labels: list[str | None], reason: str = "refused") -> CheckedSystem:
    """The system, asked once for each list of labels, and not asked again, as its answers are paid for."""
    names = system.samples["sample_id"].to_pylist()
    times = [
        predictions_table(
            model="toy",
            labels=["a", "b"],
            sample_id=names,
            outcome=["failed" if label is None else "scored" for label in of_time],
            reason=[reason if label is None else None for label in of_time],
            label=of_time,
        )
        for of_time in labels
    ]
    return replace(system, times=times, probes=unasked("paid"))


def test_repeats_say_whether_the_same_is_answered_the_same(system: CheckedSystem) -> None:
    """No request is bought again for the checks: the answers that were paid for say it."""
    own: list[str | None] = ["a", "b"] * 60
    (same,) = determinism(times_of(system, own, own, own))
    assert (same.verdict, same.value, same.n_samples, same.n_subjects) == ("met", 0.0, 120, 20)
    assert (same.reason or "").startswith(
        "120 samples, asked 3 times in this study, got the same answers to the byte."
    )
    assert "Up to 2.5% of all samples" in (same.reason or "")  # 1 - 0.05^(1/120)
    (found,) = determinism(times_of(system, own, own, [*own[:7], "a", *own[8:]]))
    assert (found.verdict, found.value, found.n_samples) == ("not_met", 1.0, 120)
    assert (found.reason or "").startswith(
        "1 sample of 120, asked 3 times in this study, got other answers (another label), such as row 7 of"
    )
    assert "a temperature of 0" in (found.reason or "")


def test_after_repeats_the_batch_is_no_longer_untested(system: CheckedSystem) -> None:
    own: list[str | None] = ["a", "b"] * 60
    (found,) = batch_invariance(times_of(system, own, ["b", *own[1:]]))
    assert (found.verdict, "is not deterministic" in (found.reason or "")) == ("inconclusive", True)
    (found,) = batch_invariance(times_of(system, own, own))
    assert (found.verdict, "in the same order" in (found.reason or "")) == ("inconclusive", True)


@pytest.mark.parametrize(("reason", "verdict", "num"), [("refused", "not_met", 120), ("timeout", "met", 119)])
def test_a_refusal_is_another_answer_and_a_timeout_none(
    system: CheckedSystem, reason: str, verdict: str, num: int
) -> None:
    own: list[str | None] = ["a", "b"] * 60
    (found,) = determinism(times_of(system, own, [None, *own[1:]], reason=reason))
    assert (found.verdict, found.n_samples) == (verdict, num)
    (nothing,) = determinism(times_of(system, own, [None] * 120, reason="timeout"))
    assert nothing.verdict == "not_tested"


def test_scores_and_dimensions_of_repeats_are_compared(system: CheckedSystem) -> None:
    names = system.samples["sample_id"].to_pylist()
    first, second = (
        predictions_table(
            model="toy",
            labels=["a", "b"],
            sample_id=names,
            outcome=["scored"] * 120,
            reason=[None] * 120,
            label=["a"] * 120,
            scores=[[score, 0.25]] + [[0.75, 0.25]] * 119,
            dimensions={"valence": [valence] + [0.5] * 119},
        )
        for score, valence in ((0.75, 0.5), (0.8125, 0.625))
    )
    (found,) = determinism(replace(system, times=[first, second]))
    assert (found.verdict, found.value) == ("not_met", 0.125)
    assert "(which differ by up to 0.12)" in (found.reason or "")


def flipped(labels: list[str], share: float, seed: int = 0) -> list[str | None]:
    wrong = np.random.default_rng(seed).random(len(labels)) < share
    return [("b" if label == "a" else "a") if flip else label for label, flip in zip(labels, wrong, strict=True)]


def test_a_model_that_does_far_better_on_other_channels_is_found(system: CheckedSystem) -> None:
    truth = system.samples["label"].to_pylist()
    rows = inputs("channel_order", {AS_GIVEN: flipped(truth, 0.5), "swapped": flipped(truth, 0.1)})
    found = findings(system, rows)["channel_order"]
    right = [
        np.mean([row["label"] == truth[i % 120] for i, row in enumerate(rows)][s])
        for s in (slice(120), slice(120, None))
    ]
    assert found.verdict == "not_met"
    assert found.value is not None
    assert found.value == pytest.approx(
        right[1] - right[0], abs=0.02
    )  # classes are about equal, so UAR is accuracy
    assert found.lo is not None
    assert 0.1 < found.lo < found.value
    assert "with red and blue swapped its UAR changes by +0." in (found.reason or "")
    assert "Remedy: " in (found.reason or "")


def test_a_model_that_does_worse_on_other_input_passes(system: CheckedSystem) -> None:
    truth = system.samples["label"].to_pylist()
    variants = {name: flipped(truth, 0.5, seed) for seed, name in enumerate(("stretched", "squeezed"), 1)}
    found = findings(system, inputs("input_scale", {AS_GIVEN: flipped(truth, 0.1), **variants}))["input_scale"]
    assert found.verdict == "met"
    assert found.value is not None
    assert found.value < -0.2


def test_unscored_is_wrong(system: CheckedSystem) -> None:
    truth = system.samples["label"].to_pylist()
    found = findings(system, inputs("input_scale", {AS_GIVEN: truth, "stretched": [None] * len(truth)}))
    assert found["input_scale"].value == -1.0


def test_equal_models_are_rarely_told_apart(make_system: MakeSystem) -> None:
    """Four variants, none better: a finding in at most 5 of 100, up to Monte Carlo error."""
    label = ["a", "b"] * 60
    alarms = 0
    for seed in range(100):
        system = make_system(np.repeat(np.arange(20), 6).tolist(), label, label, seed=seed)
        variants = {
            name: flipped(label, 0.3, 10 * seed + i) for i, name in enumerate((AS_GIVEN, "p", "q", "r", "t"))
        }
        alarms += findings(system, inputs("input_scale", variants))["input_scale"].verdict == "not_met"
    assert alarms <= 10


def test_few_subjects_are_not_tested(make_system: MakeSystem) -> None:
    system = make_system([0, 1, 2, 3], ["a", "b"] * 2, ["a", "b"] * 2)
    found = findings(system, inputs("channel_order", {AS_GIVEN: ["b"] * 4, "swapped": ["a", "b"] * 2}))
    assert found["channel_order"].verdict == "not_tested"
    assert found["channel_order"].reason == "4 subjects; at least 5 are needed."
