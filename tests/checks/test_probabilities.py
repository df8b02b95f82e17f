from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.probabilities import probabilities

LABELS = ("anger", "fear", "sadness")


def case_with(
    make_system: Callable[..., CheckedSystem], scores: npt.NDArray[np.float64] | None, shift: int = 0
) -> CheckedSystem:
    num = 30 if scores is None else len(scores)
    best = np.arange(num) % 3 if scores is None else scores.argmax(1)
    answer = [LABELS[(index + shift) % 3] for index in best]
    return make_system(np.arange(num) // 3, list(LABELS) * (num // 3), answer, labels=LABELS, scores=scores)


def softmax_scores(num: int = 30) -> npt.NDArray[np.float64]:
    exponent = np.exp(np.random.default_rng(0).normal(size=(num, 3)))
    softmax: npt.NDArray[np.float64] = exponent / exponent.sum(1, keepdims=True)
    return softmax


def test_probabilities_pass(make_system: Callable[..., CheckedSystem]) -> None:
    scores, highest = probabilities(case_with(make_system, softmax_scores()))
    assert (scores.verdict, scores.value) == ("met", 0)
    assert (highest.verdict, highest.value) == ("met", 0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda p: np.log(p), "30 of 30 rows of scores are not probabilities (the least is -"),
        (lambda p: 2 * p, "sums from 2 to 2"),
        (lambda p: 100 * p, "sums from 100 to 100: percentages"),
        (lambda p: (100 * p).round(), "percentages). Log-loss, Brier score and calibration say nothing here"),
        (lambda p: p**0.5, "each lies between 0 and 1, but sums from 1."),
        (lambda p: np.tile(p[:1], (len(p), 1)), "All 30 samples have the same scores"),
        (lambda p: np.eye(3)[p.argmax(1)], "Every score is 0 or 1"),
    ],
    ids=["logits", "sum", "percentages", "whole percentages", "sigmoids", "constant", "one-hot"],
)
def test_other_scores_are_found(
    make_system: Callable[..., CheckedSystem],
    change: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]],
    said: str,
) -> None:
    finding = probabilities(case_with(make_system, change(softmax_scores())))[0]
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert said in finding.reason
    assert "Remedy:" in finding.reason


def test_an_answer_that_is_not_the_highest_score_is_found(make_system: Callable[..., CheckedSystem]) -> None:
    _, finding = probabilities(case_with(make_system, softmax_scores(), shift=1))
    assert (finding.group, finding.verdict, finding.value) == ("highest score", "not_met", 1.0)


def test_a_tie_for_the_highest_score_is_no_fault(make_system: Callable[..., CheckedSystem]) -> None:
    tied = np.tile([[0.4, 0.4, 0.2], [0.2, 0.4, 0.4], [0.4, 0.2, 0.4]], (10, 1))
    answers = ["fear", "sadness", "anger"] * 10
    system = make_system(np.arange(30) // 3, list(LABELS) * 10, answers, labels=LABELS, scores=tied)
    assert probabilities(system)[1].verdict == "met"


def test_no_scores_are_not_tested(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = probabilities(case_with(make_system, None))
    assert finding.verdict == "not_tested"


@pytest.mark.parametrize("decimals", [1, 2, 3, 4])
def test_rounded_scores_pass(make_system: Callable[..., CheckedSystem], decimals: int) -> None:
    rounded = softmax_scores(900).round(decimals)
    (scores, _) = probabilities(case_with(make_system, rounded))
    assert (scores.verdict, scores.value) == ("met", 0)
    if decimals < 3:  # further decimals hardly move a sum of three
        num_off = int((np.abs(rounded.sum(1) - 1) > 1e-3).sum())
        said = f"rounded to {decimals} decimal{'s' if decimals > 1 else ''}; {num_off} of 900 rows"
        assert said in (scores.reason or "")


def test_one_wrong_row_is_counted_and_left_out(make_system: Callable[..., CheckedSystem]) -> None:
    scores = softmax_scores(600)
    scores[7] *= 1.01
    (found, _) = probabilities(case_with(make_system, scores))
    assert (found.verdict, found.value) == ("not_met", pytest.approx(1 / 600))
    assert (found.reason or "").startswith("1 of 600 rows of scores are not probabilities (each lies between 0")
    assert "They are left out of log-loss, Brier score and calibration. Remedy" in (found.reason or "")


def test_a_system_with_one_label_is_checked_too(make_system: Callable[..., CheckedSystem]) -> None:
    scores = np.random.default_rng(0).uniform(0, 1, (30, 1))
    system = make_system(np.arange(30) // 3, ["anger"] * 30, ["anger"] * 30, labels=("anger",), scores=scores)
    assert [found.verdict for found in probabilities(system)] == ["not_met", "met"]
