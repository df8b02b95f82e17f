from __future__ import annotations

import math

import numpy as np
import pytest

from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import (
    Component,
    FractionGradient,
    Functions,
    Metric,
    Tally,
    merge,
    or_zero,
    ratio,
    sum_by_row,
)


def make_family(sums: np.ndarray, name: str = "mean") -> Tally:
    """Samples, Σ value, and the square of Σ value."""
    metric = Metric(
        facts=MetricFacts(name=name, title="", meaning=""),
        value=lambda s: ratio(s[..., 1], s[..., 0]),
        num_samples=lambda s: s[..., 0],
        num_unscored=lambda s: 0 * s[..., 0],
    )
    return Tally(with_square(sums), (metric,), complete=with_square)


def with_square(sums: np.ndarray) -> np.ndarray:
    return np.stack([sums[..., 0], sums[..., 1], sums[..., 1] ** 2], axis=-1)


ROWS = np.array([[1.0, 2.0, 0.0], [2.0, 3.0, 0.0], [1.0, 5.0, 0.0]])


def test_rows_of_different_subjects_add_up() -> None:
    added = make_family(ROWS).summed(np.array([0, 1, 0]), 3)
    assert added.sums.tolist() == [[2, 7, 4 + 25], [2, 3, 9], [0, 0, 0]]


def test_many_rows_are_summed_in_blocks_like_few() -> None:
    """Sums of one row, of many and of more than a block, and one of none."""
    row = np.repeat([4, 0, 3, 1], [1, 200, 700, 99])[np.random.default_rng(0).permutation(1000)]
    values = np.arange(1000.0)
    added = make_family(np.stack([np.ones(1000), values, values**2], axis=-1)).summed(row, 5)
    expected = [[(row == r).sum(), values[row == r].sum(), (values[row == r] ** 2).sum()] for r in range(5)]
    assert added.sums.tolist() == expected


def test_parts_of_one_subject_join() -> None:
    joined = make_family(ROWS).joined(np.array([0, 1, 0]), 2)
    assert joined.sums.tolist() == [[2, 7, 49], [2, 3, 9]]
    assert make_family(ROWS).rows(np.array([2, 0])).sums[:, 1].tolist() == [5, 2]


def test_two_parts_of_the_samples_merge() -> None:
    merged = merge(make_family(ROWS), make_family(2 * ROWS))
    assert merged.sums.tolist() == make_family(3 * ROWS).sums.tolist()


@pytest.mark.parametrize("other", [make_family(ROWS, "median"), make_family(ROWS[:2])])
def test_families_that_do_not_measure_the_same_do_not_merge(other: Tally) -> None:
    with pytest.raises(ValueError, match="mean"):
        merge(make_family(ROWS), other)


def test_sums_are_the_same_bytes_in_any_order() -> None:
    rng = np.random.default_rng(0)
    subject, values = rng.integers(0, 4, 10_000), rng.normal(0, 3, 10_000)
    found = sum_by_row(subject, values, 4)
    for order in (np.arange(10_000)[::-1], rng.permutation(10_000)):
        assert sum_by_row(subject[order], values[order], 4).tolist() == found.tolist()
    assert found.tolist() == pytest.approx([math.fsum(values[subject == s]) for s in range(4)], abs=1e-8)


def test_the_helpers_of_sums() -> None:
    assert sum_by_row(np.array([2, 0, 2]), np.array([1.5, 2.0, 0.5]), 4).tolist() == [2, 0, 2, 0]
    assert ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist() == pytest.approx([0.25, np.nan], nan_ok=True)


def test_values_that_come_together_are_computed_once() -> None:
    calls = []

    def doubled(sums: np.ndarray) -> np.ndarray:
        calls.append(len(sums))
        return 2 * sums

    functions = Functions([Component(doubled, 1), lambda sums: sums[..., 0], Component(doubled, 0)])
    assert functions(ROWS, 1).tolist() == [[4.0, 6.0, 10.0], [1.0, 2.0, 1.0], [2.0, 4.0, 2.0]]
    assert calls == [3]
    assert functions(ROWS[1], 1).tolist() == [6.0, 2.0, 4.0]
    assert Component(doubled, 0)(ROWS[1]) == 4.0


def test_values_are_written_where_they_are_wanted() -> None:
    place = np.zeros((2, 3))
    assert Functions([lambda sums: sums[..., 0], lambda sums: sums[..., 1]])(ROWS, 1, out=place) is place
    assert place.tolist() == [[1.0, 2.0, 1.0], [2.0, 3.0, 5.0]]


def test_a_fraction_follows_from_two_sums() -> None:
    """(2a + b) / (a + c) at a, b, c = 1, 4, 2: 6/3; the derivative is ((2, 1, 0) - 2 (1, 0, 1)) / 3."""
    gradient = FractionGradient([2, 1, 0], [1, 0, 1])
    sums = np.array([[1.0, 4, 2], [0, 3, 0]])
    assert gradient.above_and_below(sums).tolist() == [[6, 3], [3, 0]]
    assert gradient(sums).tolist() == pytest.approx(np.array([[0, 1 / 3, -2 / 3], [0, 0, 0]]))


def test_what_is_undefined_counts_as_zero_in_place() -> None:
    values = np.array([[1.0, math.nan], [-2.0, math.inf]])
    assert or_zero(values) is values
    assert values.tolist() == [[1.0, 0.0], [-2.0, math.inf]]
