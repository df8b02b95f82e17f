"""Sides of a difference whose spread says little: exact bounds for the people who were not tested.

Where all subjects of a side are alike there is no spread. Where all but one are alike, such as in a group in which
one person fails, the spread is that of this person: the standard error is far too small where more people of this
kind are missing from the sample.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.measurement.groups.group_comparison import GroupComparison
from harness.statistics.intervals import (
    MIN_DEVIATING,
    Distances,
    Range,
    alike_bounds,
    deviating_bounds,
    difference_distances,
)


def is_exact(compared: GroupComparison, side: int) -> bool:
    """Whether a side has exact bounds."""
    return _is_alike(compared, side) or _is_lone(compared, side)


def exact_bounds(compared: GroupComparison, side: int, tail: float, half_width: float) -> tuple[float, float]:
    """The bounds of such a side, each with confidence 1 - tail; never narrower than its value ± half_width.

    Args:
        compared: the comparison.
        side: one that `is_exact`.
        tail: of each bound.
        half_width: of the interval from its standard error.
    """
    assert compared.found is not None
    value, one = float(compared.found.sides[side]), compared.sides[side]
    within = Range(compared.metric.low, compared.metric.high)
    if _is_alike(compared, side) or one.carried_by is None:
        return alike_bounds(value, one.num_subjects, tail, within)
    constant = within.low if value - within.low < within.high - value else within.high
    lo, hi = deviating_bounds(constant, one.carried_by, one.num_subjects, tail, within)
    return min(lo, value - half_width), max(hi, value + half_width)


def alike_reach(compared: GroupComparison, contrast: int, level: float) -> Distances:
    """How far below and above its value the bounds of a difference reach because of sides that are alike.

    This part of an interval shrinks with the number of subjects, not with its root.
    """
    assert compared.found is not None
    left, right = (
        _distances(compared, side, level) if _is_alike(compared, side) else (0.0, 0.0)
        for side in compared.side_pairs[contrast]
    )
    return difference_distances(left, right)


def lone_note(compared: GroupComparison, sides: Sequence[int]) -> str | None:
    """Of which sides the spread is that of one subject; None if of none."""
    lone = [compared.sides[side].group.name for side in sides if _is_lone(compared, side)]
    if not lone:
        return None
    return (
        f"all variation in {' and '.join(lone)} comes from one subject; the interval allows for more such people"
    )


def tail_of(compared: GroupComparison, level: float) -> float:
    """The error of each exact bound: that of an interval, divided among all differences (Bonferroni)."""
    return (1 - level) / 2 / max(len(compared.side_pairs), 1)


def _distances(compared: GroupComparison, side: int, level: float) -> Distances:
    assert compared.found is not None
    value = float(compared.found.sides[side])
    lo, hi = exact_bounds(compared, side, tail_of(compared, level), 0.0)
    return value - lo, hi - value


def _is_alike(compared: GroupComparison, side: int) -> bool:
    assert compared.found is not None
    return not compared.found.side_errors[side] > 0


def _is_lone(compared: GroupComparison, side: int) -> bool:
    num = compared.sides[side].carried_by
    return num is not None and 0 < num < MIN_DEVIATING and not _is_alike(compared, side)
