"""Answers under a condition beside those on clean media, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, cohen_kappa_score

from harness.metrics.invariance import negative_shift, unchanged, unchanged_value
from harness.metrics.tally import Tally, merge

ROW = np.array([0, 0, 0, 1, 1, 1])


def figures(tally: Tally) -> tuple[float, int, int]:
    (metric,) = tally.metrics
    total = tally.sums.sum(0)
    return float(metric.value(total)), int(metric.num_samples(total)), int(metric.num_unscored(total))


def test_a_sample_without_a_clean_answer_is_left_out_and_a_lost_answer_is_another_one() -> None:
    clean, changed = np.array([0, 1, 2, 2, -1, -1]), np.array([0, 2, 2, -1, 0, -1])
    tally = unchanged(ROW, clean, changed, num_rows=2, num_answers=3)
    assert figures(tally) == (2 / 4, 4, 1)
    (metric,) = tally.metrics
    np.testing.assert_allclose(metric.value(tally.sums), [2 / 3, 0.0])


def test_its_chance_is_that_behind_cohens_kappa() -> None:
    rng = np.random.default_rng(0)
    clean, changed = rng.choice(3, 500, p=[0.6, 0.3, 0.1]), rng.choice(3, 500, p=[0.2, 0.3, 0.5])
    changed[:200] = clean[:200]
    tally = unchanged(np.zeros(500, dtype=np.int64), clean, changed, num_rows=1, num_answers=3)
    (metric,) = tally.metrics
    total = tally.sums.sum(0)
    same, by_chance = float(metric.value(total)), float(metric.chance(total))
    assert same == accuracy_score(clean, changed)
    assert (same - by_chance) / (1 - by_chance) == pytest.approx(cohen_kappa_score(clean, changed), rel=1e-12)


def test_a_value_is_the_same_if_it_moves_by_less_than_a_twentieth() -> None:
    clean = np.array([0.0, 0.5, -0.5, 0.25, np.nan, 0.25])
    changed = np.array([0.049, 0.45 - 1e-9, -0.5, np.nan, 0.0, 0.19])
    assert figures(unchanged_value("valence", ROW, clean, changed, num_rows=2)) == (2 / 5, 5, 1)


def test_the_shift_is_what_becomes_negative_less_what_ceases_to_be() -> None:
    clean, changed = np.array([0, 0, 1, 0, 1, -1]), np.array([1, 1, 0, 0, -1, 1])
    assert figures(negative_shift(ROW, clean, changed, num_rows=2)) == (pytest.approx((2 - 1) / 4), 4, 1)


@pytest.mark.parametrize("count", ["unchanged", "shift", "value"])
def test_parts_add_up_and_no_order_matters(count: str) -> None:
    rng = np.random.default_rng(1)
    row, clean, changed = rng.integers(0, 5, 90), rng.integers(-1, 2, 90), rng.integers(-1, 2, 90)

    def counted(of: np.ndarray) -> Tally:
        if count == "unchanged":
            return unchanged(row[of], clean[of], changed[of], num_rows=5, num_answers=2)
        if count == "shift":
            return negative_shift(row[of], clean[of], changed[of], num_rows=5)
        values = [np.where(each < 0, np.nan, each * 0.03) for each in (clean, changed)]
        return unchanged_value("arousal", row[of], values[0][of], values[1][of], num_rows=5)

    whole, order = counted(np.arange(90)), rng.permutation(90)
    parts = merge(counted(order[:31]), counted(order[31:]))
    np.testing.assert_array_equal(parts.sums, whole.sums)
