"""Limits of agreement of two methods that measure the same people, once or several times.

The differences of one person are correlated, so their variance has two parts: between people and within them.
Taken together without regard to people, they make the limits and their intervals too narrow.

Shapes: n pairs of measurements, S subjects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, ndtri, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.statistics.intervals import Interval, no_interval

METHOD = "two variance components, MOVER (Zou 2013)"
SHARE_WITHIN = 0.95
"""Of the differences of single measurements that lie between the limits."""


@dataclass(frozen=True)
class LimitsOfAgreement:
    """Bias and limits, in the unit of the measurements, with their intervals.

    Attributes:
        bias: mean over people of their mean difference.
        lower: 95 % of the differences of single measurements lie between here
        upper: and here.
        sd_between: standard deviation of people's true mean differences; 0 where the data show none.
        sd_within: standard deviation of one person's differences; NaN with one measurement of each.
        num_subjects: S.
    """

    bias: tuple[float, Interval]
    lower: tuple[float, Interval]
    upper: tuple[float, Interval]
    sd_between: float
    sd_within: float
    num_subjects: int


def limits_of_agreement(difference_n: Floats, subject_n: Ints, level: float) -> LimitsOfAgreement:
    """Bland–Altman limits with subjects as a random effect (Bland & Altman 2007, doi:10.1080/10543400701329422).

    The intervals recover variance estimates of both components (Zou 2013, doi:10.1177/0962280211402548); with one
    measurement of each person they are those of the classical limits.

    Args:
        difference_n: finite; at least one.
        subject_n: of each pair, any codes.
        level: of the intervals.
    """
    _, code_n = np.unique(subject_n, return_inverse=True)
    num_S = np.bincount(code_n)
    mean_S = np.bincount(code_n, weights=difference_n) / num_S
    num, num_pairs = len(num_S), len(difference_n)
    bias = float(mean_S.mean())
    squares_within = float(((difference_n - mean_S[code_n]) ** 2).sum())
    var_within = squares_within / (num_pairs - num) if num_pairs > num else math.nan
    if num < 3:
        none = no_interval(f"{num} subjects: no limits of agreement")
        return LimitsOfAgreement((bias, none), (math.nan, none), (math.nan, none), math.nan, math.nan, num)
    var_means = float(mean_S.var(ddof=1))
    weight_within = 1 - float((1 / num_S).mean())
    parts = [(var_means, num - 1)]
    if num_pairs > num:
        parts.append((weight_within * var_within, num_pairs - num))
    var_total = sum(part for part, _ in parts)
    below, above = _distances_of_sd(parts, level)
    sd_total, z = math.sqrt(var_total), float(ndtri((1 + SHARE_WITHIN) / 2))
    half_mean = float(stdtrit(num - 1, (1 + level) / 2)) * math.sqrt(var_means / num)
    inner, outer = math.hypot(half_mean, z * below), math.hypot(half_mean, z * above)
    lower, upper = bias - z * sd_total, bias + z * sd_total
    return LimitsOfAgreement(
        bias=(bias, Interval(bias - half_mean, bias + half_mean, "Student's t over subjects")),
        lower=(lower, Interval(lower - outer, lower + inner, METHOD)),
        upper=(upper, Interval(upper - inner, upper + outer, METHOD)),
        sd_between=math.sqrt(max(var_means - (var_within if num_pairs > num else 0.0) * (1 - weight_within), 0.0)),
        sd_within=math.sqrt(var_within) if num_pairs > num else math.nan,
        num_subjects=num,
    )


def _distances_of_sd(parts: list[tuple[float, int]], level: float) -> tuple[float, float]:
    """How far the bounds of the standard deviation, of a sum of independent variances, lie below and above it."""
    total = sum(part for part, _ in parts)
    tail = (1 - level) / 2
    low = total - math.hypot(*(part * (1 - freedom / _chi_squared(1 - tail, freedom)) for part, freedom in parts))
    high = total + math.hypot(*(part * (freedom / _chi_squared(tail, freedom) - 1) for part, freedom in parts))
    return math.sqrt(total) - math.sqrt(max(low, 0.0)), math.sqrt(high) - math.sqrt(total)


def _chi_squared(share: float, freedom: int) -> float:
    """The quantile of the chi-squared distribution."""
    return float(2 * gammaincinv(freedom / 2, share))
