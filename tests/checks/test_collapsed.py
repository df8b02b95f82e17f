from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.collapsed import collapsed, surely_answered

LABELS = ("anger", "fear", "neutral", "sadness")


def people_and_labels(num_subjects: int = 10) -> tuple[list[int], list[str]]:
    return np.repeat(np.arange(num_subjects), 8).tolist(), list(LABELS) * 2 * num_subjects


def test_right_answers_use_every_class(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    finding, _ = collapsed(make_system(people, truth, truth))
    assert (finding.verdict, finding.value) == ("met", pytest.approx(1))


def test_one_answer_for_all_has_collapsed(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    answer = ["neutral"] * 76 + ["anger", "fear", "neutral", "sadness"]
    finding, _ = collapsed(make_system(people, truth, answer, labels=LABELS))
    shares = np.array([77, 1, 1, 1]) / 80
    assert finding.value == pytest.approx(np.exp(-(shares * np.log(shares)).sum()) / 4)
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert "neutral, is 96% of the answers and 25% of the labels" in finding.reason
    assert "Remedy" in finding.reason


def test_a_class_that_is_never_answered_is_named(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels()
    answer = ["sadness" if label == "fear" else label for label in truth]
    finding, _ = collapsed(make_system(people, truth, answer, labels=LABELS))
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert finding.reason.startswith("Never answered, though it can be: fear.")


def test_a_class_that_cannot_be_answered_is_no_collapse(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels(20)
    answer = ["sadness" if label == "fear" else label for label in truth]
    finding, _ = collapsed(make_system(people, truth, answer))
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
    finding, _ = collapsed(make_system(people, truth, answer, labels=LABELS))
    assert finding.hi is not None
    assert finding.hi < 0.5
    usual = "The most frequent answer, neutral, is 90% of the answers and 25% of the labels"
    start = f"The answers have collapsed. {usual}; anger and fear never. Remedy: "
    assert (finding.reason or "").startswith(start)
    two, _ = collapsed(make_system(people, truth, answer, labels=("neutral", "sadness")))
    assert (two.reason or "").startswith(f"The answers have collapsed. {usual}. Remedy: ")


def test_two_classes_are_enough_and_one_is_not(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = list(range(10)) * 4, ["anger", "fear"] * 20
    two, _ = collapsed(make_system(people, truth, truth))
    assert (two.verdict, two.value) == ("met", pytest.approx(1))
    (one,) = collapsed(make_system(people, ["anger"] * 40, ["anger"] * 40))
    assert one.verdict == "not_tested"
    assert one.reason == "There are no answers to between 2 and 40 classes."


def test_a_rare_class_that_is_never_answered_is_no_fault(make_system: Callable[..., CheckedSystem]) -> None:
    """Five clips of fear: even a system that guesses among four would leave it out in 24 % of studies."""
    people, truth = people_and_labels(30)
    rare = [*truth, *["fear"] * 5]
    common = ["sadness" if label == "fear" else label for label in rare]
    answer = [label if label != "fear" else "anger" for label in truth] + ["anger"] * 5
    labels = [label if label != "fear" else "anger" for label in truth] + ["fear"] * 5
    finding, _ = collapsed(make_system([*people, *range(5)], labels, answer, labels=LABELS))
    assert finding.verdict == "met"
    finding, _ = collapsed(make_system([*people, *range(5)], rare, common, labels=LABELS))
    assert finding.verdict == "not_met"


def test_what_guessing_would_answer_counts_people_and_not_only_clips() -> None:
    """At four answers, 0.75^n < 0.05 / 4 from n = 15.2 clips of different people on."""
    assert surely_answered(np.ones((16, 1)), 4).tolist() == [True]
    assert surely_answered(np.ones((15, 1)), 4).tolist() == [False]
    assert surely_answered(np.full((4, 1), 100.0), 4).tolist() == [False]  # 100 / 30.7 each, 13 in all
    assert surely_answered(np.full((5, 1), 100.0), 4).tolist() == [True]
    assert surely_answered(np.zeros((5, 1)), 4).tolist() == [False]


def test_answers_that_are_drawn_to_one_class_are_found(make_system: Callable[..., CheckedSystem]) -> None:
    people, truth = people_and_labels(40)
    rng = np.random.default_rng(0)
    answer = ["neutral" if rng.random() < 0.6 else label for label in truth]
    whole, one = collapsed(make_system(people, truth, answer, labels=LABELS))
    share = answer.count("neutral") / len(answer)
    assert (whole.verdict, one.verdict, one.group) == ("met", "not_met", "one answer")
    assert one.value == pytest.approx(share - 0.25)
    said = f"The answer with the largest excess, neutral, is {share:.0%} of the answers and 25% of the labels: far"
    assert (one.reason or "").startswith(said)
    assert "Remedy" in (one.reason or "")


def test_a_class_that_is_as_frequent_as_its_answers_draws_nothing(
    make_system: Callable[..., CheckedSystem],
) -> None:
    people = np.repeat(np.arange(40), 10).tolist()
    truth = (["neutral"] * 7 + ["anger", "fear", "sadness"]) * 40
    _, one = collapsed(make_system(people, truth, truth, labels=LABELS))
    assert (one.verdict, one.value) == ("met", 0)
