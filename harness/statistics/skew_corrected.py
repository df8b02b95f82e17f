"""Intervals over people of whom a few may carry most, such as a loss that only some have.

Student's t assumes that a value and its standard error are independent. Where a few people carry most of what is
measured they rise together: if those people are missed, both are too low, and the upper bound lies below the true
value far more often than stated (in 8 % instead of 2.5 % with 20 people of whom few lose much). Hall's
transformation takes the skewness out of the studentised value before it is compared with Student's t (Hall 1992,
"On the removal of skewness by transformation", J. R. Stat. Soc. B 54, 221-228). Verdicts of practice tests rest on
these intervals; ``benchmarks/validity/practice_tests.md`` has how often they err.

Shapes: n samples, S subjects.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Bools, Floats, Ints
from harness.statistics.freedom import side_freedom, total_spread
from harness.statistics.intervals import (
    ALL_ALIKE,
    Interval,
    Range,
    alike_bounds,
    clipped,
    difference_distances,
)
from harness.statistics.jackknife import DIGITS, ICC
from harness.statistics.subject_means import difference_over_subjects, mean_over_subjects, of_sums_over_subjects

SKEW_CORRECTED = "over subjects, Student's t corrected for skewness"
OF_SIDES = f"{SKEW_CORRECTED}; of both sides"
NO_CLOSER = "; no closer than if all subjects were alike"

LEAST_SUBJECTS = 3
"""Of fewer there is no skewness."""

NO_SKEWNESS = 1e-6
"""Below it the transformation changes nothing that its digits can show."""


def corrected_mean(value_n: Floats, subject_n: Ints, level: float, within: Range) -> tuple[float, Interval]:
    """`mean_over_subjects` with an interval that allows for skewness.

    Args:
        value_n: of each sample; at least one.
        subject_n: of each sample, any codes.
        level: of the interval.
        within: the range of the mean.
    """
    value, plain = mean_over_subjects(value_n, subject_n, level, within)
    _, code_n, num_S = np.unique(subject_n, return_inverse=True, return_counts=True)
    change_S = (np.bincount(code_n, weights=value_n) - value * num_S) / len(value_n)
    return value, _corrected(value, change_S, num_S.astype(np.float64), plain, level, within)


def corrected_difference(
    value_n: Floats, in_part_n: Bools, subject_n: Ints, level: float, within: Range, of_side: Range
) -> tuple[float, Interval]:
    """`difference_over_subjects` with an interval that allows for skewness.

    If nobody has samples on both sides, the sides are independent: their own intervals are combined (MOVER, Zou &
    Donner 2008, doi:10.1002/sim.3095), so that a side of few people, or of people who are all alike, is as
    uncertain as it is by itself.

    Args:
        value_n: of each sample.
        in_part_n: which are the part.
        subject_n: of each sample, any codes.
        level: of the interval.
        within: the range of the difference.
        of_side: the range of each mean.
    """
    value, plain = difference_over_subjects(value_n, in_part_n, subject_n, level, within)
    part, others = (np.unique(subject_n[side_n]) for side_n in (in_part_n, ~in_part_n))
    if min(len(part), len(others)) > 1 and not np.intersect1d(part, others).size:
        sides = [
            corrected_mean(value_n[side], subject_n[side], level, of_side) for side in (in_part_n, ~in_part_n)
        ]
        return value, _of_sides(value, sides, within) or plain
    _, code_n = np.unique(subject_n, return_inverse=True)
    change_S = np.zeros(int(code_n.max(initial=-1)) + 1)
    for side_n, sign in ((in_part_n, 1.0), (~in_part_n, -1.0)):
        if side_n.any():
            apart_n = np.where(side_n, value_n - value_n[side_n].mean(), 0.0)
            change_S += sign * np.bincount(code_n, weights=apart_n) / side_n.sum()
    return value, _corrected(value, change_S, np.bincount(code_n).astype(np.float64), plain, level, within)


def corrected_of_sums(
    sums_S: Floats, value: Callable[[Floats], Floats], size_S: Floats, level: float, within: Range
) -> tuple[float, Interval]:
    """`of_sums_over_subjects` with an interval that allows for skewness.

    Args:
        sums_S: the sums of each subject ``[S, ...]``.
        value: sums ``[n, ...]`` → n values; NaN where undefined.
        size_S: how many samples each subject has.
        level: of the interval.
        within: the range of the values.
    """
    found, plain = of_sums_over_subjects(sums_S, value, size_S, level, within)
    counted_S = size_S > 0
    without_S = value(sums_S.sum(axis=0, keepdims=True) - sums_S[counted_S])
    change_S = (1 - size_S[counted_S] / max(size_S.sum(), 1.0)) * (found - without_S)
    return found, _corrected(found, change_S, size_S[counted_S], plain, level, within)


def no_closer_than_alike(
    interval: Interval, best: float, num_subjects: int, level: float, within: Range, *, upper: bool
) -> Interval:
    """An interval that a little noise does not make narrower than no noise at all.

    If all of a few people are alike, others may still differ, and the exact bound says how many (`alike_bounds`).
    If they differ a little and none of them is of a rare kind, Student's t has only seen the little: with 12
    people, 8 % of tests accept a system that treats one in nine people as badly as can be and is exactly at its
    limit. The bound of people who are all as good as can be is therefore the closest.

    Args:
        interval: of a mean over subjects, each of whose values lies within the range.
        best: the value that nobody can be better than.
        num_subjects: that it rests on; at least one.
        level: of the interval.
        within: the range of each subject's value.
        upper: whether large values are worse.
    """
    if interval.bounds is None:
        return interval
    lo, hi = interval.bounds
    least, most = alike_bounds(best, num_subjects, (1 - level) / 2, within)
    found = (lo, max(hi, most)) if upper else (min(lo, least), hi)
    if found == interval.bounds:
        return interval
    return clipped(*found, within, f"{interval.method}{NO_CLOSER}")


def _corrected(
    value: float, change_S: Floats, size_S: Floats, plain: Interval, level: float, within: Range
) -> Interval:
    """The interval from what each subject adds to the value, its influence divided by the number of subjects.

    Where there is none to be made (no variation, too few, undefined) the plain one stays.
    """
    num = len(change_S)
    if num < LEAST_SUBJECTS or plain.bounds is None or plain.method == ALL_ALIKE:
        return plain
    square = float((change_S**2).sum())
    error = np.sqrt(num / (num - 1) * square)
    skewness = float((change_S**3).sum()) / square**1.5 * np.sqrt(num * (num - 1)) / (num - 2)
    freedom = float(side_freedom(total_spread(size_S[None], ICC))[0])
    reach = float(stdtrit(freedom, (1 + level) / 2))
    lo, hi = (value - error * _untransformed(each, float(skewness)) for each in (reach, -reach))
    return clipped(round(float(lo), DIGITS), round(float(hi), DIGITS), within, SKEW_CORRECTED)


def _untransformed(t: float, skewness: float) -> float:
    """The studentised value that Hall's third transformation takes to t.

    Args:
        t: to be turned back.
        skewness: of the mean: that of subjects divided by the root of their number.
    """
    if abs(skewness) < NO_SKEWNESS:
        return t
    return float(3 / skewness * (np.cbrt(1 + skewness * (t - skewness / 6)) - 1))


def _of_sides(value: float, sides: list[tuple[float, Interval]], within: Range) -> Interval | None:
    distances = []
    for mean, interval in sides:
        if interval.bounds is None:
            return None
        distances.append((mean - interval.bounds[0], interval.bounds[1] - mean))
    below, above = difference_distances(*distances)
    return clipped(round(float(value - below), DIGITS), round(float(value + above), DIGITS), within, OF_SIDES)
