"""Two-sided confidence intervals over subjects.

Shapes: S subjects, B resamples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats

BOOTSTRAP = "subject bootstrap, expanded percentile"
JACKKNIFE = "jackknife over subjects, Student's t"
ALL_ALIKE = "all subjects alike: exact bound on the share of such subjects"
FEW_SUBJECTS = 6
"""With fewer, resamples reach no further than the extreme subjects: a nominal 95 % holds the truth in 55 % of runs
with 2 subjects, 75 % with 3, 91 % with 5; Student's t in 93 to 96 % (``benchmarks/bootstrap_coverage.py``)."""

MIN_DEFINED = 0.95
"""The least share of resamples in which the metric has to be defined."""


@dataclass(frozen=True)
class Range:
    """The least and the greatest value that a metric can take; infinite where there is none."""

    low: float
    high: float


@dataclass(frozen=True)
class Interval:
    """Bounds, how they came about, and the reason where there are none."""

    lo: float | None
    hi: float | None
    method: str | None
    reason: str | None = None

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both bounds, where there are any."""
        return None if self.lo is None or self.hi is None else (self.lo, self.hi)


def no_interval(reason: str) -> Interval:
    """No bounds, and why."""
    return Interval(None, None, None, reason)


def bootstrap_interval(
    value: float, resampled_B: Floats, *, num_subjects: int, level: float, within: Range
) -> Interval:
    """The expanded percentile interval.

    A percentile interval is too narrow for few subjects: it uses the normal in place of Student's quantile,
    and divides by n in place of n - 1. Expanding its tails to Φ(-√(n/(n-1)) t) mends both (Hesterberg 2015,
    doi:10.1080/00031305.2015.1089789).

    Args:
        value: the metric on all subjects.
        resampled_B: the metric on each resample; NaN where undefined.
        num_subjects: the subjects that the metric rests on.
        level: such as 0.95.
        within: what the interval is clipped to.
    """
    defined = resampled_B[np.isfinite(resampled_B)]
    if len(defined) < MIN_DEFINED * len(resampled_B):
        share = 1 - len(defined) / len(resampled_B)
        return no_interval(f"undefined in {share:.0%} of resamples: it rests on too few subjects")
    if _alike(defined, value):
        return _all_alike_interval(value, num_subjects, level, within)
    tail = expanded_tail((1 - level) / 2, num_subjects)
    lo, hi = np.quantile(defined, [tail, 1 - tail])
    return _clipped(float(lo), float(hi), within, f"{BOOTSTRAP}, {len(resampled_B)} resamples")


def jackknife_interval(value: float, left_out_S: Floats, *, level: float, within: Range) -> Interval:
    """Student's t with the jackknife standard error (Efron & Tibshirani 1993, equation 11.5): for few subjects.

    Args:
        value: the metric on all subjects.
        left_out_S: the metric without each subject that it rests on; NaN where undefined.
        level: such as 0.95.
        within: what the interval is clipped to.
    """
    num_subjects = len(left_out_S)
    if not np.isfinite(left_out_S).all():
        return no_interval("undefined without one of the subjects: no interval")
    if _alike(left_out_S, value):
        return _all_alike_interval(value, num_subjects, level, within)
    error = math.sqrt((num_subjects - 1) * float(left_out_S.var()))
    reach = float(stdtrit(num_subjects - 1, (1 + level) / 2)) * error
    return _clipped(value - reach, value + reach, within, JACKKNIFE)


def expanded_tail(tail: float, num_subjects: int) -> float:
    """Φ(-√(n/(n-1)) t_{1-tail, n-1}): the share of resamples to leave out on each side."""
    student = -stdtrit(num_subjects - 1, tail)
    return float(ndtr(-math.sqrt(num_subjects / (num_subjects - 1)) * student))


def _alike(values: Floats, value: float) -> bool:
    return float(np.ptp(values)) <= 1e-12 * max(1.0, abs(value))


def _all_alike_interval(value: float, num_subjects: int, level: float, within: Range) -> Interval:
    """No subject differs, so there is no variance to estimate, and [value, value] would claim certainty.

    If all n subjects are alike, at least (α/2)^(1/n) of all people are, with confidence 1 - α/2 (Clopper & Pearson
    1934); the others may lie anywhere in the metric's range.
    """
    if not (math.isfinite(within.low) and math.isfinite(within.high)):
        return no_interval("all subjects alike: no interval")
    lo, hi = alike_bounds(value, num_subjects, (1 - level) / 2, within)
    return _clipped(lo, hi, within, ALL_ALIKE)


def alike_bounds(value: float, num_subjects: int, tail: float, within: Range) -> tuple[float, float]:
    """How low and how high all people may lie where all n subjects are alike, each with confidence 1 - tail."""
    share = tail ** (1 / num_subjects)
    return share * value + (1 - share) * within.low, share * value + (1 - share) * within.high


def _clipped(lo: float, hi: float, within: Range, method: str) -> Interval:
    return Interval(max(lo, within.low), min(hi, within.high), method)
