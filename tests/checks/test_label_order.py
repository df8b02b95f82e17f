from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from simulated_answers import simulated_answers

from harness.checks.checked_system import CheckedSystem
from harness.checks.label_order import label_order

LABELS = ("anger", "disgust", "fear", "happiness", "sadness")
SWAP = {"anger": "disgust", "disgust": "anger"}
answered = partial(simulated_answers, LABELS, subjects=20, clips=4)


def test_a_good_model_passes(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = label_order(make_system(*answered(0.5)))
    assert finding.verdict == "met"
    assert finding.metric == "label_order"
    assert finding.value is not None
    assert finding.value < 0
    assert (finding.n_samples, finding.n_subjects) == (400, 20)


def test_swapped_labels_are_named_with_a_remedy(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.5)
    (finding,) = label_order(make_system(people, truth, [SWAP.get(a, a) for a in answer]))
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert "anger and disgust look swapped" in finding.reason
    assert "Remedy: compare the label list of the model's card" in finding.reason
    assert finding.value == pytest.approx(2 / 5 * 0.5, abs=0.06)


def test_swapped_labels_are_found_among_failures(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.6, clips=6)
    missed = [None if index % 3 == 0 else SWAP.get(a, a) for index, a in enumerate(answer)]
    (finding,) = label_order(make_system(people, truth, missed))
    assert finding.verdict == "not_met"
    assert finding.n_unscored == len(truth) / 3


def test_a_learned_model_gets_another_remedy(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.6)
    system = make_system(people, truth, [SWAP.get(a, a) for a in answer], card={"training": "cross_fitted"})
    reason = label_order(system)[0].reason
    assert reason is not None
    assert "swapped in part of the dataset" in reason


def test_an_unknown_spelling_of_a_label_is_named(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.7)
    (finding,) = label_order(make_system(people, truth, ["glee" if a == "happiness" else a for a in answer]))
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert "happiness and glee look swapped" in finding.reason


def test_with_two_labels_a_swap_may_be_a_system_worse_than_chance(
    make_system: Callable[..., CheckedSystem],
) -> None:
    people, truth = np.repeat(np.arange(20), 8).tolist(), ["anger", "fear"] * 80
    wrong = [{"anger": "fear", "fear": "anger"}[label] for label in truth]
    (finding,) = label_order(make_system(people, truth, wrong))
    assert finding.verdict == "not_met"
    assert "anger and fear look swapped, or the system is worse than chance" in (finding.reason or "")
    swapped = [SWAP.get(a, a) for a in answered(0.6)[2]]
    (several,) = label_order(make_system(*answered(0.6)[:2], swapped))
    assert "worse than chance" not in (several.reason or "")


def test_chance_is_inconclusive(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = label_order(make_system(*answered(0.0, subjects=6, clips=2)))
    assert finding.verdict == "inconclusive"


def test_classes_of_too_few_subjects_are_left_out(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth, answer = answered(0.6)
    extra = [*people, 0, 1], [*truth, "contempt", "contempt"], [*answer, "fear", "fear"]
    (finding,) = label_order(make_system(*extra))
    assert finding.n_samples == len(truth)
    (finding,) = label_order(make_system([0, 1, 2], ["anger", "fear", "fear"], ["anger", "fear", "fear"]))
    assert finding.verdict == "not_tested"
    assert finding.reason == "Fewer than two classes with 5 subjects."
