"""Two-sided confidence intervals over subjects, and the exact bounds where subjects do not vary.

Shapes: S subjects.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy.special import betaincinv  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints

ALL_ALIKE = "all subjects alike: exact bound on the share of such subjects"

MIN_DEVIATING = 2
"""How many subjects must differ from all the others for the standard error of a rate near 0 or 1 to be trusted. If
only one does, for example because everybody but one person is always answered correctly, the bound on the share of
such people is used as well (``benchmarks/validity/lone_subjects.md``)."""

EQUAL_WITHIN = 1e-12
"""Values that differ by less than this, absolutely or relative to the metric, count as equal."""

NULL_TAILS = (0.025, 0.975)
"""The stored quantiles of null distributions: the central 95 %, whatever the level of the intervals, so that
``null_lo`` and ``null_hi`` mean the same in every table."""

MIN_DEFINED = 0.95
"""The smallest share of resamples or permutations in which the metric must be defined."""


@dataclass(frozen=True)
class Range:
    """The lowest and the highest possible value of a metric; infinite if it is unbounded."""

    low: float
    high: float

    @property
    def is_finite(self) -> bool:
        """Whether there is both a lowest and a highest value."""
        return math.isfinite(self.low) and math.isfinite(self.high)


@dataclass(frozen=True)
class Interval:
    """The bounds of an interval, the method, and the reason if there are none."""

    lo: float | None
    hi: float | None
    method: str | None
    reason: str | None = None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both bounds; None if there are none."""
        return None if self.lo is None or self.hi is None else (self.lo, self.hi)


def no_interval(reason: str) -> Interval:
    """An interval without bounds, and the reason."""
    return Interval(None, None, None, reason)


def are_alike(values: Floats, value: float) -> bool:
    """Whether values of a metric are equal, such as those without each of its subjects.

    Args:
        values: of it.
        value: on all subjects.
    """
    return is_alike(float(np.ptp(values)), value)


def is_alike(ptp: float, value: float) -> bool:
    """The same, from the range of the values: the highest less the lowest."""
    return ptp <= EQUAL_WITHIN * max(1.0, abs(value))


def all_alike_interval(value: float, num_subjects: int, level: float, within: Range) -> Interval:
    """The interval if all subjects are alike: there is no variance, and [value, value] would claim certainty.

    If all n subjects are alike, at least (α/2)^(1/n) of all people are, with confidence 1 - α/2 (Clopper & Pearson
    1934); the others may lie anywhere in the metric's range.
    """
    if not within.is_finite:
        return no_interval("all subjects alike: no interval")
    lo, hi = alike_bounds(value, num_subjects, (1 - level) / 2, within)
    return clipped(lo, hi, within, ALL_ALIKE)


Distances = tuple[float, float]
"""How far below and above its value the bounds of an interval lie."""

Number = TypeVar("Number", float, Floats)
"""One, or several at once."""


def difference_distances(left: tuple[Number, Number], right: tuple[Number, Number]) -> tuple[Number, Number]:
    """The distances of the bounds of a difference between two independent sides, from those of the sides.

    Zou & Donner 2008, doi:10.1002/sim.3095.
    """
    below: Any = np.hypot(left[0], right[1])
    above: Any = np.hypot(left[1], right[0])
    return below, above


def quantiles(values_KB: Floats, share: float) -> Floats:
    """The quantile of each row ``[K]``, as ``numpy.quantile`` interpolates it, in a quarter of its time.

    That selects several order statistics at once, for which there is no vectorised code.

    Args:
        values_KB: finite; at least one in each row.
        share: of the values that lie below.
    """
    place = (values_KB.shape[1] - 1) * share
    rank, weight = int(place), place - int(place)
    ordered_KB = np.partition(values_KB, rank, axis=1)
    below_K = ordered_KB[:, rank]
    above_K = ordered_KB[:, rank + 1 :].min(axis=1) if rank + 1 < values_KB.shape[1] else below_K
    distance_K = above_K - below_K
    quantile_K: Floats = above_K - distance_K * (1 - weight) if weight >= 0.5 else below_K + distance_K * weight
    return quantile_K


def alike_bounds(value: Number, num_subjects: int | Ints, tail: Number, within: Range) -> tuple[Number, Number]:
    """Bounds on the population's value if all n subjects are alike, each with confidence 1 - tail."""
    share: Any = tail ** (1 / num_subjects)
    return share * value + (1 - share) * within.low, share * value + (1 - share) * within.high


def deviating_bounds(
    constant: Number, num_deviating: int | Ints, num_subjects: int | Ints, tail: Number, within: Range
) -> tuple[Number, Number]:
    """Bounds on the population's value if all but a few of n subjects have the same value.

    At most a share of all people deviates, with confidence 1 - tail (Clopper & Pearson 1934), and those may lie
    anywhere in the metric's range. `alike_bounds` is the case of no deviating subject.

    Args:
        constant: the value of all the others.
        num_deviating: the subjects with another value.
        num_subjects: n.
        tail: of each bound.
        within: the metric's range.
    """
    others = np.subtract(num_subjects, num_deviating)
    share: Any = 1 - betaincinv(num_deviating + 1, np.maximum(others, 1), 1 - tail)
    share = np.where(others > 0, share, 0.0)
    return share * constant + (1 - share) * within.low, share * constant + (1 - share) * within.high


def clipped(lo: float, hi: float, within: Range, method: str) -> Interval:
    """An interval within the range of its metric."""
    return Interval(max(lo, within.low), min(hi, within.high), method)
