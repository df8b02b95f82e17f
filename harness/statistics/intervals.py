"""Two-sided confidence intervals from resampled values.

Shape suffix: B resamples.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

METHOD = "subject bootstrap, expanded percentile"
FALLBACK = "all subjects equal: exact bound on the share of subjects like these"
MIN_DEFINED = 0.5
"""The least share of resamples in which the metric has to be defined."""


@dataclass(frozen=True)
class Interval:
    """Bounds (None where there are none), how they came about, and why if they are absent or special."""

    lo: float | None
    hi: float | None
    method: str | None
    reason: str | None = None


def interval(
    value: float,
    resampled_B: npt.NDArray[np.float64],
    *,
    num_subjects: int,
    level: float,
    low: float,
    high: float,
) -> Interval:
    """The expanded percentile interval, clipped to the metric's range.

    A percentile interval is too narrow for few subjects: it uses the normal in place of Student's quantile,
    and the n in place of the n - 1 variance. Expanding its tails to Φ(-√(n/(n-1)) t) mends both (Hesterberg 2015,
    doi 10.1080/00031305.2015.1089789, section 5.2.1). ``benchmarks/bootstrap_coverage.py`` compares the kinds.

    Where no resample differs from the value there is no variance to resample, and [1, 1] would claim certainty. If
    all n subjects are alike, at least (α/2)^(1/n) of all subjects are, with confidence 1 - α/2
    (Clopper & Pearson 1934); the others may lie anywhere in the metric's range.

    Args:
        value: the metric on all subjects.
        resampled_B: the metric on each resample; NaN where undefined.
        num_subjects: the subjects that the metric rests on.
        level: such as 0.95.
        low: the least value of the metric.
        high: its greatest; infinity where there is none.
    """
    if not math.isfinite(value):
        return Interval(None, None, None, "undefined on these samples")
    if num_subjects < 2:
        return Interval(None, None, None, "1 subject: no interval")
    defined = resampled_B[np.isfinite(resampled_B)]
    if len(defined) < MIN_DEFINED * len(resampled_B):
        return Interval(None, None, None, "undefined in most resamples of subjects: no interval")
    tail = (1 - level) / 2
    if np.ptp(defined) <= 1e-12 * max(1.0, abs(value)):
        return _all_alike(value, tail, num_subjects, low, high)
    tail = expanded_tail(tail, num_subjects)
    lo, hi = np.clip(np.quantile(defined, [tail, 1 - tail]), low, high)
    return Interval(float(lo), float(hi), f"{METHOD}, {len(resampled_B)} resamples")


def expanded_tail(tail: float, num_subjects: int) -> float:
    """Φ(-√(n/(n-1)) t_{1-tail, n-1}): the share of resamples to leave out on each side."""
    student = stats.t.isf(tail, num_subjects - 1)
    return float(stats.norm.sf(math.sqrt(num_subjects / (num_subjects - 1)) * student))


def _all_alike(value: float, tail: float, num_subjects: int, low: float, high: float) -> Interval:
    if not math.isfinite(high):
        return Interval(None, None, None, "all subjects equal: no interval")
    share = tail ** (1 / num_subjects)
    return Interval(share * value + (1 - share) * low, share * value + (1 - share) * high, FALLBACK)
