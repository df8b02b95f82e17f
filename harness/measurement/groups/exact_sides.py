"""Sides of a difference whose spread says little: exact bounds for the people who were not tested.

Where all subjects of a side are alike there is no spread. Where all but one are alike, such as in a group in which
one person fails, the spread is that of this person: the standard error is far too small where more people of this
kind are missing from the sample.

Shapes: U sides, E some of them, those with exact bounds, K differences.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.measurement.groups.group_comparison import GroupComparison
from harness.statistics.intervals import (
    MIN_DEVIATING,
    Distances,
    Number,
    Range,
    alike_bounds,
    deviating_bounds,
    difference_distances,
)


def is_exact(compared: GroupComparison) -> Bools:
    """Which sides have exact bounds, ``[U]``."""
    return _are_alike(compared) | _are_lone(compared)


def exact_bounds(
    compared: GroupComparison, side_E: Ints, tail_E: Floats, half_width_E: Floats
) -> tuple[Floats, Floats]:
    """The bounds of such sides, each with confidence 1 - tail; never narrower than their value ± half_width.

    Args:
        compared: the comparison.
        side_E: sides that are exact, in any shape, as the others.
        tail_E: of each bound.
        half_width_E: of the interval from its standard error.
    """
    assert compared.found is not None
    value_E = compared.found.sides[side_E]
    num_E = np.array([side.num_subjects for side in compared.sides])[side_E]
    within = Range(compared.metric.low, compared.metric.high)
    alike = alike_bounds(value_E, num_E, tail_E, within)
    constant_E = np.where(value_E - within.low < within.high - value_E, within.low, within.high)
    with np.errstate(invalid="ignore"):  # only rates, which have a range, have lone subjects
        lone = deviating_bounds(constant_E, _carried_by(compared)[side_E], num_E, tail_E, within)
    is_alike_E = _are_alike(compared)[side_E]
    return (
        np.where(is_alike_E, alike[0], np.minimum(lone[0], value_E - half_width_E)),
        np.where(is_alike_E, alike[1], np.maximum(lone[1], value_E + half_width_E)),
    )


def alike_reaches(compared: GroupComparison, level: float) -> list[Distances]:
    """How far the bounds of each difference reach below and above it because of sides that are alike, ``[K]``.

    This part of an interval shrinks with the number of subjects, not with its root.
    """
    assert compared.found is not None
    alike = np.flatnonzero(_are_alike(compared))
    value_E, tail = compared.found.sides[alike], tail_of(compared, np.array(level))
    lo_E, hi_E = exact_bounds(compared, alike, tail, np.zeros(len(alike)))
    reach_2U = np.zeros((2, len(compared.sides)))
    reach_2U[:, alike] = value_E - lo_E, hi_E - value_E
    left_2K, right_2K = (reach_2U[:, list(side_K)] for side_K in zip(*compared.side_pairs, strict=True))
    below_K, above_K = difference_distances((left_2K[0], left_2K[1]), (right_2K[0], right_2K[1]))
    return list(zip(below_K.tolist(), above_K.tolist(), strict=True))


def lone_notes(compared: GroupComparison) -> list[str | None]:
    """Of which sides of each difference the spread is that of one subject, ``[K]``; None if of none."""
    lone = dict.fromkeys(np.flatnonzero(_are_lone(compared)).tolist())
    return [
        _lone_note([compared.sides[side].group.name for side in pair if side in lone])
        for pair in compared.side_pairs
    ]


def tail_of(compared: GroupComparison, level: Number) -> Number:
    """The error of each exact bound: that of an interval, divided among all differences (Bonferroni)."""
    return (1 - level) / 2 / max(len(compared.side_pairs), 1)


def _are_alike(compared: GroupComparison) -> Bools:
    assert compared.found is not None
    return ~(compared.found.side_errors > 0)


def _are_lone(compared: GroupComparison) -> Bools:
    num_U = _carried_by(compared)
    return (num_U > 0) & (num_U < MIN_DEVIATING) & ~_are_alike(compared)


def _carried_by(compared: GroupComparison) -> Ints:
    """How many subjects the variation of each side comes from ``[U]``; 0 where that is not asked."""
    return np.array([side.carried_by or 0 for side in compared.sides])


def _lone_note(names: Sequence[str]) -> str | None:
    if not names:
        return None
    return (
        f"all variation in {' and '.join(names)} comes from one subject; the interval allows for more such people"
    )
