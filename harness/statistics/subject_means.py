"""Means over samples, and shares of them, with their intervals over subjects.

Shapes: n samples, S subjects.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.freedom import side_freedom, spread_of
from harness.statistics.intervals import Interval, Range
from harness.statistics.jackknife import ICC, jackknife_intervals

SHARE = Range(0.0, 1.0)
DIFFERENCE = Range(-1.0, 1.0)
"""Of two shares."""


def mean_over_subjects(value_n: Floats, subject_n: Ints, level: float, within: Range) -> tuple[float, Interval]:
    """The mean over at least one sample, and its interval over subjects.

    Args:
        value_n: of each sample.
        subject_n: of each sample, any codes.
        level: of the interval.
        within: the range of the mean.
    """
    sum_S, num_S = _by_subject(value_n, subject_n)
    value_1 = sum_S.sum(keepdims=True) / num_S.sum()
    left_out_1S = ratio(sum_S.sum() - sum_S, num_S.sum() - num_S)[None]
    (interval,) = jackknife_intervals(
        value_1, left_out_1S, num_S[None], level=level, within=[within], kinds=["student"]
    )
    return float(value_1[0]), interval


def difference_over_subjects(
    value_n: Floats, in_part_n: Bools, subject_n: Ints, level: float, within: Range
) -> tuple[float, Interval]:
    """The mean of a part of the samples less that of the others, and its interval; subjects may have both.

    Args:
        value_n: of each sample.
        in_part_n: which are the part.
        subject_n: of each sample, any codes.
        level: of the interval.
        within: the range of the difference.
    """
    _, code_n = np.unique(subject_n, return_inverse=True)
    sides = [_by_subject_code(value_n * side_n, side_n, code_n) for side_n in (in_part_n, ~in_part_n)]
    means = [ratio(sum_S.sum(keepdims=True), num_S.sum(keepdims=True)) for sum_S, num_S in sides]
    left_out = [ratio(sum_S.sum() - sum_S, num_S.sum() - num_S) for sum_S, num_S in sides]
    size_1S = np.bincount(code_n).astype(np.float64)[None]
    (interval,) = jackknife_intervals(
        means[0] - means[1],
        (left_out[0] - left_out[1])[None],
        size_1S,
        level=level,
        within=[within],
        kinds=["student"],
    )
    return float((means[0] - means[1])[0]), interval


def ratio_over_subjects(
    numerator_n: Floats, denominator_n: Floats, subject_n: Ints, level: float, within: Range
) -> tuple[float, Interval]:
    """The ratio of two sums over samples, such as a bias by the mean of the reference, and its interval.

    Args:
        numerator_n: of each sample; at least one.
        denominator_n: of each sample; their sum is not zero, also without any one subject.
        subject_n: of each sample, any codes.
        level: of the interval.
        within: the range of the ratio.
    """
    _, code_n = np.unique(subject_n, return_inverse=True)
    above_S, below_S = (np.bincount(code_n, weights=each_n) for each_n in (numerator_n, denominator_n))
    value_1 = above_S.sum(keepdims=True) / below_S.sum()
    left_out_1S = ratio(above_S.sum() - above_S, below_S.sum() - below_S)[None]
    size_1S = np.bincount(code_n).astype(np.float64)[None]
    (interval,) = jackknife_intervals(
        value_1, left_out_1S, size_1S, level=level, within=[within], kinds=["student"]
    )
    return float(value_1[0]), interval


def of_sums_over_subjects(
    sums_S: Floats, value: Callable[[Floats], Floats], size_S: Floats, level: float, within: Range
) -> tuple[float, Interval]:
    """Any function of sums over samples, such as a mean of several shares, and its interval.

    Args:
        sums_S: the sums of each subject ``[S, ...]``.
        value: sums ``[n, ...]`` → n values; NaN where undefined.
        size_S: how many samples each subject has.
        level: of the interval.
        within: the range of the values.
    """
    total = sums_S.sum(axis=0, keepdims=True)
    value_1, left_out_1S = value(total), value(total - sums_S)[None]
    (interval,) = jackknife_intervals(
        value_1, left_out_1S, size_S[None], level=level, within=[within], kinds=["student"]
    )
    return float(value_1[0]), interval


def variance_over_subjects(value_n: Floats, subject_n: Ints) -> float:
    """The squared standard error of the mean over samples, see `jackknife_intervals`; 0 for a single subject."""
    sum_S, num_S = _by_subject(value_n, subject_n)
    num = len(num_S)
    if num < 2:
        return 0.0
    change_S = ratio(sum_S.sum() - sum_S, num_S.sum() - num_S) - sum_S.sum() / num_S.sum()
    return float(num / (num - 1) * (((1 - num_S / num_S.sum()) * change_S) ** 2).sum())


def freedom_over_subjects(subject_n: Ints) -> float:
    """The degrees of freedom of `variance_over_subjects`, as of the interval of `mean_over_subjects`."""
    _, num_S = np.unique(subject_n, return_counts=True)
    return float(side_freedom(spread_of(num_S.astype(np.float64), ICC).sum(axis=0)))


def _by_subject(value_n: Floats, subject_n: Ints) -> tuple[Floats, Floats]:
    _, code_n = np.unique(subject_n, return_inverse=True)
    return _by_subject_code(value_n, np.ones(len(value_n), np.bool_), code_n)


def _by_subject_code(value_n: Floats, counts_n: Bools, code_n: Ints) -> tuple[Floats, Floats]:
    """The sum of the values, and how many samples count, of each subject."""
    sum_S, num_S = (np.bincount(code_n, weights=each_n).astype(np.float64) for each_n in (value_n, counts_n))
    return sum_S, num_S
