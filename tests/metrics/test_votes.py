"""Answers against raters' votes, held against counting every rater out in turn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.metrics.votes import UNSCORED, right_as_rater, votes

ANSWERS = ("anger", "joy", "calm")
"""Nobody votes for calm."""


def measured(ballots: list[list[int]], answers: list[int]) -> dict[str, float]:
    """Every metric, and the numbers of samples behind it, of votes for anger, joy and other."""
    votes_NV, answer_N = np.array(ballots, dtype=np.float64), np.array(answers)
    voted_N = np.array([0, 1, -1, -1])[answer_N]
    row_N = np.arange(len(answers)) % 2
    tally = votes(row_N, votes_NV, answer_N, voted_N, num_rows=3, answers=ANSWERS)
    total = tally.sums.sum(0)
    found = {metric.name: float(metric.value(total)) for metric in tally.metrics}
    found |= {f"{metric.name} samples": float(metric.num_samples(total)) for metric in tally.metrics}
    return found | {f"{metric.name} unscored": float(metric.num_unscored(total)) for metric in tally.metrics}


def plurality(ballot: Any) -> set[int]:
    """The labels with the most votes."""
    return {label for label, num in enumerate(ballot) if num == max(ballot) > 0}


def one_left_out(ballot: list[int], answer: int | None = None) -> float:
    """How often the rater who is left out, or the answer, is among the most voted of the others; by counting."""
    right = 0
    for label, num in enumerate(ballot):
        for _ in range(num):
            others = [each - (other == label) for other, each in enumerate(ballot)]
            right += (label if answer is None else answer) in plurality(others)
    return right / sum(ballot)


def label_of(answer: int) -> int:
    """The answer as a class of the votes; a number that none has for calm and for no score."""
    return answer if answer in (0, 1) else 9


def some_ballots(num: int = 300) -> tuple[list[list[int]], list[int]]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 4, (num, 3)).tolist(), rng.integers(-1, 3, num).tolist()


def test_accuracies_are_those_of_counting_each_sample() -> None:
    ballots, answers = some_ballots()
    pairs = [(ballot, answer) for ballot, answer in zip(ballots, answers, strict=True) if sum(ballot)]
    right = [label_of(answer) in plurality(ballot) for ballot, answer in pairs]
    agreed = [len(plurality(ballot)) == 1 for ballot, _ in pairs]
    weights = [max(ballot) / sum(ballot) for ballot, _ in pairs]
    found = measured(ballots, answers)
    assert found["rated"] == pytest.approx(len(pairs) / len(ballots))
    assert found["plurality_accuracy"] == pytest.approx(np.mean(right))
    assert found["agreed_accuracy"] == pytest.approx(np.mean(right, where=agreed))
    assert found["no_agreement_accuracy"] == pytest.approx(np.mean(right, where=np.logical_not(agreed)))
    assert found["agreement_weighted_accuracy"] == pytest.approx(np.average(right, weights=weights))
    assert found["no_agreement"] == pytest.approx(1 - np.mean(agreed))
    tied = [answer for (_, answer), one in zip(pairs, agreed, strict=True) if not one]
    for index, name in enumerate(ANSWERS):
        assert found[f"no_agreement_answer:{name}"] == pytest.approx(tied.count(index) / len(tied))
    assert found["no_agreement_answer:joy samples"] == len(tied)
    assert found["no_agreement_answer:joy unscored"] == tied.count(UNSCORED)
    assert found["plurality_accuracy unscored"] == sum(answer == UNSCORED for _, answer in pairs)
    assert found["agreement_weighted_accuracy samples"] == len(pairs)


def test_one_rater_and_the_system_in_their_place_are_held_against_all_others() -> None:
    ballots, answers = some_ballots()
    pairs = [(ballot, answer) for ballot, answer in zip(ballots, answers, strict=True) if sum(ballot) > 1]
    people = np.mean([one_left_out(ballot) for ballot, _ in pairs])
    system = np.mean([one_left_out(ballot, label_of(answer)) for ballot, answer in pairs])
    found = measured(ballots, answers)
    assert found["human_ceiling"] == pytest.approx(people)
    assert found["accuracy_as_rater"] == pytest.approx(system)
    assert found["above_ceiling"] == pytest.approx(system - people)
    assert found["human_ceiling samples"] == found["above_ceiling samples"] == len(pairs)
    assert found["human_ceiling unscored"] == 0
    assert found["accuracy_as_rater unscored"] == sum(answer == UNSCORED for _, answer in pairs)


@pytest.mark.parametrize(
    ("ballot", "ceiling", "of_anger"),
    [
        ([3, 2, 0], 3 / 5, 1.0),  # without one of the three it is a tie
        ([2, 2, 0], 0.0, 2 / 4),  # only without one of the others
        ([2, 3, 0], 3 / 5, 3 / 5),
        ([2, 3, 3], 0.0, 0.0),
        ([2, 0, 0], 1.0, 1.0),
        ([1, 1, 0], 0.0, 1 / 2),
        ([0, 2, 0], 1.0, 0.0),
        ([0, 1, 1], 0.0, 0.0),
    ],
)
def test_ties_without_one_rater_count_for_all_who_tie(ballot: list[int], ceiling: float, of_anger: float) -> None:
    found = measured([ballot], [0])
    assert (found["human_ceiling"], found["accuracy_as_rater"]) == pytest.approx((ceiling, of_anger))
    own = right_as_rater(np.array([ballot], float), np.array([0]), np.array([ballot[0]], float))
    assert own == pytest.approx([one_left_out(ballot, 0)])


def test_a_single_rater_has_a_plurality_and_no_ceiling() -> None:
    found = measured([[1, 0, 0], [0, 0, 0]], [0, 0])
    assert (found["plurality_accuracy"], found["rated"], found["agreed_accuracy"]) == (1.0, 0.5, 1.0)
    assert np.isnan([found["human_ceiling"], found["accuracy_as_rater"], found["no_agreement_accuracy"]]).all()
    assert found["human_ceiling samples"] == 0


def test_nothing_is_known_without_any_vote() -> None:
    found = measured([[0, 0, 0]] * 2, [0, UNSCORED])
    assert found["rated"] == 0.0
    assert np.isnan(found["plurality_accuracy"])
    assert found["plurality_accuracy unscored"] == 0


def test_an_answer_that_nobody_votes_for_is_wrong() -> None:
    found = measured([[1, 0, 1], [2, 0, 0]], [2, 2])
    assert found["plurality_accuracy"] == found["accuracy_as_rater"] == 0.0
    assert found["no_agreement_answer:calm"] == 1.0
