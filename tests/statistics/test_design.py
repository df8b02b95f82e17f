"""Contrasts of sides, and the degrees of freedom of their errors, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.design import Design
from harness.statistics.sides import Additive, Labelled, Rows

PAIR = Design(np.eye(2, dtype=bool), np.array([[1.0, -1.0]]))


def mean(sums: np.ndarray) -> np.ndarray:
    return sums[..., 0] / sums[..., 1]


def test_independent_sides_have_welch_and_satterthwaites() -> None:
    """Variances 4 and 1 with 5 and 20 degrees: (4 + 1)² / (16 / 5 + 1 / 20)."""
    found = PAIR.freedom(np.array([[4.0, 1.0]]), 1 / np.array([[5.0, 20.0]]))
    assert found == pytest.approx(np.array([[25 / 3.25]]))


def test_a_side_without_spread_leaves_those_of_the_other() -> None:
    assert PAIR.freedom(np.array([[0.0, 1.0]]), 1 / np.array([[5.0, 20.0]])) == pytest.approx(20)
    assert PAIR.freedom(np.array([[0.0, 0.0]]), 1 / np.array([[5.0, 20.0]])) == pytest.approx(1)


@pytest.mark.parametrize("shared", [0, 5, 10])
def test_sides_of_the_same_people_have_the_degrees_of_one(shared: int) -> None:
    """10 people on both sides, of whom none, half or all are the same: 18, something between, and 9."""
    subject = np.concatenate([np.arange(10), np.arange(10 - shared, 20 - shared)])
    rows = Rows(subject, np.repeat([0, 1], 10), 20 - shared, 2, np.full(20, 30.0))
    metric = Additive(np.stack([np.tile(np.arange(10.0), 2), np.ones(20)], axis=1), mean)
    measured = Labelled(rows, PAIR.sides, rows.label[None]).measure(metric)
    (found,) = PAIR.freedom(measured.error**2, measured.overlap)[0]
    assert found == pytest.approx({0: 18, 5: 12, 10: 9}[shared])


def test_a_difference_of_differences_counts_all_four_sides() -> None:
    of_four = Design(np.eye(4, dtype=bool), np.array([[1.0, -1.0, -1.0, 1.0]]))
    apart = of_four.freedom(np.ones((1, 4)), np.full((1, 4), 1 / 9))
    assert apart == pytest.approx(36)
    # The first and the third are the same people, and so are the second and the fourth.
    same = np.kron(np.ones((2, 2)), np.eye(2))[None] / 9
    assert of_four.freedom(np.ones((1, 4)), same) == pytest.approx(18)
    assert of_four.is_difference.tolist() == [False]
    assert PAIR.is_difference.tolist() == [True]


def test_an_undefined_side_spoils_only_its_own_contrasts() -> None:
    three = Design(np.eye(3, dtype=bool), np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]))
    value = three.value(np.array([[np.nan, 0.7, 0.4]]))
    assert np.isnan(value[0, 0])
    assert value[0, 1] == pytest.approx(0.3)
