"""Intervals of the gain on other input; what the findings say is tested in `test_probes`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from scipy.special import expit, logit
from sklearn.metrics import recall_score

from harness.checks.checked_system import CheckedSystem
from harness.checks.other_input import MIN_GAIN, channel_order, input_scale, other_input
from harness.tables.probe_tables import AS_GIVEN, PROBES
from harness.tables.results import Result

MakeSystem = Callable[..., CheckedSystem]
CLIPS = 8


def answers(truth: Sequence[str], wrong_of_each: Sequence[int]) -> list[str]:
    """Every subject has so many of the first clips wrong."""
    return [
        ("b" if label == "a" else "a") if clip % CLIPS < wrong_of_each[clip // CLIPS] else label
        for clip, label in enumerate(truth)
    ]


def asked(system: CheckedSystem, variants: dict[str, Sequence[str]], check: str = "channel_order") -> Result:
    rows = [
        {
            "sample_id": f"s{clip:06d}",
            "probe": check,
            "variant": variant,
            "outcome": "scored",
            "label": label,
            "max_difference": 0.0,
        }
        for variant, labels in variants.items()
        for clip, label in enumerate(labels)
    ]
    probes = pa.Table.from_pylist(rows, schema=PROBES)
    return other_input(replace(system, probes=probes), check)


def people(make_system: MakeSystem, num: int) -> tuple[CheckedSystem, list[str]]:
    truth = ["a", "b"] * (CLIPS // 2 * num)
    return make_system(np.repeat(np.arange(num), CLIPS).tolist(), truth, truth), truth


def test_of_five_people_it_is_students_interval_of_the_jackknife(make_system: MakeSystem) -> None:
    system, truth = people(make_system, 5)
    own, other = answers(truth, [2, 3, 4, 5, 6]), answers(truth, [1, 3, 2, 5, 3])
    found = asked(system, {AS_GIVEN: own, "swapped": other})

    def gain(kept: np.typing.NDArray[np.bool_]) -> float:
        recalls = [
            recall_score(np.array(truth)[kept], np.array(given)[kept], average="macro") for given in (other, own)
        ]
        return float(recalls[0] - recalls[1])

    person = np.repeat(np.arange(5), CLIPS)
    left_out = np.array([gain(person != one) for one in range(5)])
    value = gain(person >= 0)
    error = np.sqrt(4 / 5 * ((left_out - value) ** 2).sum()) * 2 / (1 - value**2)
    on_logit = stats.t.interval(0.95, 4, loc=logit((1 + value) / 2), scale=error)
    assert found.value == pytest.approx(value)
    assert (found.lo, found.hi) == pytest.approx(2 * expit(on_logit) - 1)


@pytest.mark.parametrize("num_people", [5, 12])
def test_the_error_is_shared_by_the_variants(make_system: MakeSystem, num_people: int) -> None:
    """The best of four at 95 % has the interval that it has alone at 98.75 % (Bonferroni)."""
    system, truth = people(make_system, num_people)
    own = answers(truth, [4 + person % 3 for person in range(num_people)])
    best = answers(truth, [2 + person % 2 for person in range(num_people)])
    variants = {AS_GIVEN: own, "swapped": best, "p": own, "q": own, "r": own}
    among_four = asked(system, variants)
    alone = asked(replace(system, level=1 - 0.05 / 4), {AS_GIVEN: own, "swapped": best})
    assert (among_four.value, among_four.level) == (alone.value, 0.95)
    assert (among_four.lo, among_four.hi) == (pytest.approx(alone.lo), pytest.approx(alone.hi))
    at_95 = asked(system, {AS_GIVEN: own, "swapped": best})
    assert at_95.lo is not None
    assert among_four.lo is not None
    assert among_four.lo < at_95.lo - 0.005


def test_a_gain_of_what_is_tolerated_passes_and_one_that_may_be_chance_does_not(make_system: MakeSystem) -> None:
    system, truth = people(make_system, 10)
    own = answers(truth, [4] * 10)
    same_for_all = asked(system, {AS_GIVEN: own, "swapped": answers(truth, [4] * 9 + [0])})
    assert same_for_all.value == pytest.approx(0.05) == pytest.approx(MIN_GAIN)
    assert same_for_all.verdict == "inconclusive"
    assert same_for_all.reason == (
        "At best, with red and blue swapped its UAR changes by +0.050; with these samples that may be chance."
    )
    nothing = asked(system, {AS_GIVEN: own, "swapped": answers(truth, [3, 5] * 5)})
    assert (nothing.value, nothing.verdict) == (0.0, "met")


def test_every_variant_is_said_in_words(make_system: MakeSystem) -> None:
    system, truth = people(make_system, 10)
    own = answers(truth, [6, 7] * 5)
    found = asked(system, {AS_GIVEN: own, "squeezed": truth})
    assert found.verdict == "not_met"
    assert found.reason == (
        "The model is much better on other input: with its input squeezed from -1 … 1 to 0 … 1 its UAR "
        "changes by +0.812. Remedy: compare the order of channels with what the provider documents; OpenCV reads "
        "BGR."
    )
    assert (found.threshold, found.n_samples, found.n_subjects) == (0.05, 80, 10)


def test_what_is_to_be_done_is_that_of_the_check(make_system: MakeSystem) -> None:
    system, truth = people(make_system, 10)
    own = answers(truth, [6, 7] * 5)
    found = asked(system, {AS_GIVEN: own, "times_255": truth}, "input_scale")
    assert found.reason == (
        "The model is much better on other input: with its input times 255 its UAR changes by +0.812. Remedy: "
        "compare the scale of the input with what the provider documents."
    )


def test_samples_without_a_label_and_people_who_were_not_asked_do_not_count(make_system: MakeSystem) -> None:
    truth = [*(["a", "b"] * 24), *([None] * 8), *(["a", "b"] * 4)]
    system = make_system(np.repeat(np.arange(8), CLIPS).tolist(), truth, ["a", "b"] * 32)
    asked_of_seven = ["a", "b"] * 28
    found = asked(system, {AS_GIVEN: asked_of_seven, "swapped": asked_of_seven})
    assert (found.n_samples, found.n_subjects, found.value) == (48, 6, 0.0)


def test_nothing_to_compare_with_is_not_tested(make_system: MakeSystem) -> None:
    system, truth = people(make_system, 10)
    for variants in ({}, {AS_GIVEN: truth}, {"swapped": truth}):
        found = asked(system, variants)
        assert found.verdict == "not_tested"
        assert found.reason == ("Only pretrained models of faces are asked with other input, on labelled samples.")


def test_a_system_that_was_not_probed_is_not_tested(make_system: MakeSystem) -> None:
    system, _ = people(make_system, 10)
    findings = [*channel_order(system), *input_scale(system)]
    assert [(one.metric, one.verdict) for one in findings] == [
        ("channel_order", "not_tested"),
        ("input_scale", "not_tested"),
    ]
