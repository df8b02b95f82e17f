from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.collapsed import collapsed

LABELS = ("anger", "fear", "neutral", "sadness")


def people_and_labels(num_subjects: int = 10) -> tuple[list[int], list[str]]:
    return np.repeat(np.arange(num_subjects), 8).tolist(), list(LABELS) * 2 * num_subjects


def test_right_answers_use_every_class(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    (finding,) = collapsed(make_system(people, truth, truth))
    assert (finding.verdict, finding.value) == ("met", pytest.approx(1))


def test_one_answer_for_all_has_collapsed(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    answer = ["neutral"] * 76 + ["anger", "fear", "neutral", "sadness"]
    (finding,) = collapsed(make_system(people, truth, answer, labels=LABELS))
    shares = np.array([77, 1, 1, 1]) / 80
    assert finding.value == pytest.approx(np.exp(-(shares * np.log(shares)).sum()) / 4)
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert "neutral, is 96% of the answers and 25% of the truth" in finding.reason
    assert "Remedy" in finding.reason


def test_a_class_that_is_never_answered_is_named(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    answer = ["sadness" if label == "fear" else label for label in truth]
    (finding,) = collapsed(make_system(people, truth, answer, labels=LABELS))
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert finding.reason.startswith("Never answered, though it can be: fear.")


def test_a_class_that_cannot_be_answered_is_no_collapse(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels(20)
    answer = ["sadness" if label == "fear" else label for label in truth]
    (finding,) = collapsed(make_system(people, truth, answer))
    assert finding.verdict == "met"


def test_failures_are_no_answers(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    half = [label if index % 2 else None for index, label in enumerate(truth)]
    assert collapsed(make_system(people, truth, half, labels=LABELS))[0].n_samples == 40
    (nothing,) = collapsed(make_system(people, truth, [None] * 80, labels=LABELS))
    assert nothing.verdict == "not_tested"


def test_what_has_collapsed_names_the_answers_that_never_come(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels(40)
    rare = np.random.default_rng(0).random(len(truth)) < 0.1
    answer = np.where(rare, "sadness", "neutral").tolist()
    (finding,) = collapsed(make_system(people, truth, answer, labels=LABELS))
    assert finding.hi is not None
    assert finding.hi < 0.5
    usual = "The most frequent answer, neutral, is 90% of the answers and 25% of the truth"
    start = f"The answers have collapsed. {usual}; anger and fear never. Remedy: "
    assert (finding.reason or "").startswith(start)
    (two,) = collapsed(make_system(people, truth, answer, labels=("neutral", "sadness")))
    assert (two.reason or "").startswith(f"The answers have collapsed. {usual}. Remedy: ")


def test_two_classes_are_enough_and_one_is_not(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = list(range(10)) * 4, ["anger", "fear"] * 20
    (two,) = collapsed(make_system(people, truth, truth))
    assert (two.verdict, two.value) == ("met", pytest.approx(1))
    (one,) = collapsed(make_system(people, ["anger"] * 40, ["anger"] * 40))
    assert one.verdict == "not_tested"
    assert one.reason == "There are no answers to between 2 and 40 classes."
