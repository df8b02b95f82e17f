"""Bounds of differences, by the formulas that are named, worked by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from one_axis import tone

from harness.attributes.group import Group
from harness.measurement.groups.group_comparison import GroupComparison, Side
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric
from harness.statistics.max_t import Contrasts


def compared(
    values: Sequence[float],
    errors: Sequence[float],
    *,
    critical: float = 2.0,
    high: float = 1.0,
    subjects: int = 10,
) -> GroupComparison:
    """Every side with every other, in order."""
    pairs = tuple((i, j) for i in range(len(values)) for j in range(i + 1, len(values)))
    value_U, error_U = np.array(values), np.array(errors)
    left, right = np.array(pairs).T
    none = np.empty((0, len(pairs)))
    found = Contrasts(
        sides=value_U,
        side_errors=error_U,
        value=value_U[left] - value_U[right],
        error=np.hypot(error_U[left], error_U[right]),
        p=np.ones(len(pairs)),
        critical=np.full(len(pairs), critical),
        null_sides=none,
        null_errors=none,
        null_value=none,
        defined=np.ones(len(pairs)),
        method="by hand",
    )
    facts = MetricFacts(name="rate", title="Rate", meaning="", high=high, better="higher")
    metric = Metric(facts=facts, value=np.sum, num_samples=np.sum, num_unscored=np.sum)
    sides = tuple(Side(Group.of(f"g{i}"), (i,), 100, 0, np.arange(subjects), 5) for i in range(len(values)))
    axis = tone([side.group.name for side in sides])
    return GroupComparison(axis, metric, sides, len(values), pairs, found, {})


def test_with_a_spread_on_both_sides_it_is_the_critical_value_times_the_error() -> None:
    lo, hi = simultaneous_bounds(compared([0.7, 0.5], [0.03, 0.04]), 0.95)
    assert (lo[0], hi[0]) == (pytest.approx(0.2 - 2 * 0.05), pytest.approx(0.2 + 2 * 0.05))


def test_a_side_without_spread_has_the_exact_bound_of_its_people() -> None:
    """All 10 at 1: below by 1 - 0.025^(1/10) = 0.3085, above by nothing. The other side by 2 · 0.04 both ways."""
    lo, hi = simultaneous_bounds(compared([1.0, 0.6], [0.0, 0.04]), 0.95)
    below = 1 - 0.025 ** (1 / 10)
    assert lo[0] == pytest.approx(0.4 - np.hypot(below, 0.08))
    assert hi[0] == pytest.approx(0.4 + np.hypot(0.0, 0.08))
    # The same two sides the other way round.
    lo_back, hi_back = simultaneous_bounds(compared([0.6, 1.0], [0.04, 0.0]), 0.95)
    assert (lo_back[0], hi_back[0]) == (pytest.approx(-hi[0]), pytest.approx(-lo[0]))


def test_where_nobody_differs_on_either_side_both_bounds_are_exact() -> None:
    """At 0.4 all: below by (1 - s)·0.4, above by (1 - s)·0.6 on each side, with s = 0.025^(1/10)."""
    lo, hi = simultaneous_bounds(compared([0.4, 0.4], [0.0, 0.0]), 0.95)
    rest = 1 - 0.025 ** (1 / 10)
    assert hi[0] == pytest.approx(np.hypot(0.6 * rest, 0.4 * rest))
    assert lo[0] == pytest.approx(-hi[0])


def test_the_exact_bounds_share_the_error_among_all_differences() -> None:
    """Three groups are three differences: 0.025 / 3 for each bound."""
    lo, _ = simultaneous_bounds(compared([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]), 0.95)
    assert lo == pytest.approx(np.full(3, -(1 - (0.025 / 3) ** (1 / 10))))


def test_no_difference_is_wider_than_the_metrics_range() -> None:
    lo, hi = simultaneous_bounds(compared([0.9, 0.2], [0.3, 0.3]), 0.95)
    assert hi[0] == 1.0
    assert lo[0] == pytest.approx(0.7 - 2 * np.hypot(0.3, 0.3))
    _, wide = simultaneous_bounds(compared([0.9, 0.2], [0.3, 0.3], high=np.inf), 0.95)
    assert wide[0] == pytest.approx(0.7 + 2 * np.hypot(0.3, 0.3))
