"""Bounds of differences, by the formulas that are named, worked by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from one_axis import tone
from stated_contrasts import stated

from harness.attributes.group import Group
from harness.measurement.groups.exact_sides import alike_reaches, lone_notes
from harness.measurement.groups.group_comparison import GroupComparison, Side
from harness.measurement.groups.simultaneous_bounds import p_values, simultaneous_bounds
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric
from harness.statistics.intervals import Range, alike_bounds, deviating_bounds


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
    found = stated(
        value_U[left] - value_U[right],
        np.hypot(error_U[left], error_U[right]),
        sides=values,
        side_errors=errors,
        critical=critical,
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


def test_p_is_the_level_at_which_the_interval_ends_at_zero() -> None:
    """Of 99 draws the 10th largest is 2.0: 0.2 ± 2.0 · 0.1 reaches zero at 1 - 10 / 100."""
    draws = np.concatenate([np.linspace(0, 1.9, 89), [2.0], np.linspace(2.1, 3.0, 9)])
    given = compared([0.7, 0.5], [0.06, 0.08])
    found = replace(given.found, largest=draws[None])
    assert p_values(replace(given, found=found)) == pytest.approx([0.11])
    wider = replace(given, found=replace(found, own=replace(found.own, value=np.array([[0.2001]]))))
    assert p_values(wider) == pytest.approx([0.1])


def test_where_the_exact_bound_holds_zero_p_says_so() -> None:
    """All 10 people at 1, the others at 0.9 ± 0.01: ten standard errors, but 0.7 is as possible for the ten."""
    given = compared([1.0, 0.9], [0.0, 0.01])
    lo, _ = simultaneous_bounds(given, 0.95)
    (p,) = p_values(given)
    assert lo[0] < 0
    assert p > 0.05
    at, below = (simultaneous_bounds(given, 1 - share)[0][0] for share in (p, p - 1 / 200))
    assert below <= 0 < at


def test_p_and_interval_agree_at_every_level() -> None:
    given = compared([1.0, 0.9, 0.6], [0.0, 0.03, 0.05])
    draws = np.random.default_rng(0).chisquare(1, 399) ** 0.5
    given = replace(given, found=replace(given.found, largest=np.sort(draws)[None]))
    p = p_values(given)
    for level in np.arange(0.6, 0.99, 0.0625):
        lo, hi = simultaneous_bounds(given, level)
        assert ((lo > 0) | (hi < 0)).tolist() == (p <= 1 - level + 1e-9).tolist()


@pytest.mark.parametrize("seed", range(6))
def test_all_differences_at_once_have_the_bounds_of_each(seed: int) -> None:
    """Sides with spread, without, and with that of one subject, by the formulas for one difference."""
    rng = np.random.default_rng(seed)
    values, errors = rng.random(6), rng.choice([0.0, 0.03, 0.05], 6)
    comparison = compared(values.tolist(), errors.tolist())
    numbers, carried = rng.integers(5, 30, 6), rng.choice([0, 1, 5], 6)
    sides = [
        replace(side, subjects=np.arange(num), carried_by=int(by))
        for side, num, by in zip(comparison.sides, numbers, carried, strict=True)
    ]
    comparison = replace(comparison, sides=tuple(sides))
    lo, hi = simultaneous_bounds(comparison, 0.95)
    whole, tail = Range(0.0, 1.0), 0.025 / 15

    def reach(side: int) -> tuple[float, float]:
        value, half, num = float(values[side]), 2 * float(errors[side]), int(numbers[side])
        below, above = value - half, value + half
        if not half:
            below, above = alike_bounds(value, num, tail, whole)
        elif carried[side] == 1:
            least, most = deviating_bounds(float(value > 0.5), 1, num, tail, whole)
            below, above = min(least, below), max(most, above)
        return value - below, above - value

    for index, (left, right) in enumerate(comparison.side_pairs):
        (below_left, above_left), (below_right, above_right) = reach(left), reach(right)
        difference = values[left] - values[right]
        assert lo[index] == pytest.approx(max(difference - np.hypot(below_left, above_right), -1.0))
        assert hi[index] == pytest.approx(min(difference + np.hypot(above_left, below_right), 1.0))


def test_only_sides_that_are_alike_reach_as_their_number_grows_and_single_people_are_noted() -> None:
    comparison = compared([1.0, 0.6, 0.9], [0.0, 0.04, 0.02])
    sides = [*comparison.sides[:2], replace(comparison.sides[2], carried_by=1)]
    comparison = replace(comparison, sides=tuple(sides))
    below = 1 - (0.025 / 3) ** (1 / 10)
    reaches = alike_reaches(comparison, 0.95)
    assert reaches == [pytest.approx((below, 0.0)), pytest.approx((below, 0.0)), (0.0, 0.0)]
    notes = lone_notes(comparison)
    assert notes[0] is None
    assert notes[1] == notes[2]
    assert notes[2] is not None
    assert notes[2].startswith("all variation in g2 comes from one subject")
