"""Two-sided confidence intervals over subjects.

Shapes: S subjects, B resamples, M metrics.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtr, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import IntervalKind
from harness.statistics.tail_quantiles import tail_quantiles

BOOTSTRAP = "subject bootstrap, expanded percentile"
JACKKNIFE = "jackknife over subjects, Student's t"
ALL_ALIKE = "all subjects alike: exact bound on the share of such subjects"
FEW_SUBJECTS = 6
"""With fewer, Student's t replaces the bootstrap, whose resamples do not extend beyond the extreme subjects: its
95 % interval covers the true value in 55 % of runs with 2 subjects, 75 % with 3 and 91 % with 5, that of Student's
t in 93 to 96 % (``benchmarks/bootstrap_coverage.py``)."""

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


def bootstrap_interval(
    value: float, resampled_B: Floats, *, num_subjects: int, level: float, within: Range
) -> Interval:
    """The expanded percentile interval.

    A percentile interval is too narrow for few subjects: it uses normal instead of Student quantiles, and divides
        by n
    instead of n - 1. Using the tail probability Φ(-√(n/(n-1)) t) corrects both (Hesterberg 2015,
    doi:10.1080/00031305.2015.1089789).

    Args:
        value: the metric on all subjects.
        resampled_B: the metric on each resample; NaN if undefined.
        num_subjects: the number of subjects behind the metric.
        level: such as 0.95.
        within: the range that the interval is clipped to.
    """
    return bootstrap_intervals(
        np.array([value]), resampled_B[None], num_subjects_M=np.array([num_subjects]), level=level, within=[within]
    )[0]


def bootstrap_intervals(
    value_M: Floats,
    resampled_MB: Floats,
    *,
    num_subjects_M: Ints,
    level: float,
    within: Sequence[Range],
    kinds: Sequence[IntervalKind] | None = None,
) -> list[Interval]:
    """The expanded percentile intervals of several metrics at once: see `bootstrap_interval`.

    A percentile interval of a metric that counts noise as error hardly ever holds its value near zero:
    resampling adds the noise a second time. Such intervals are mirrored at the value, see `IntervalKind`: of an
    ECE whose true value is 0, the percentile interval holds 0 in none of 300 studies, the mirrored one in 97 to
    100 % (``benchmarks/validity/levels.md``).

    Args:
        value_M: the metrics on all subjects.
        resampled_MB: the metrics on each resample; NaN where undefined.
        num_subjects_M: the number of subjects behind each metric.
        level: such as 0.95.
        within: the range that each interval is clipped to.
        kinds: how each is made; by default of percentiles.
    """
    kinds = kinds or ["percentile"] * len(value_M)
    num = resampled_MB.shape[1]
    defined_MB = np.isfinite(resampled_MB)
    defined_M = np.count_nonzero(defined_MB, axis=1)
    all_defined = bool((defined_M == num).all())
    ordered_MB = np.sort(resampled_MB if all_defined else np.where(defined_MB, resampled_MB, np.nan), axis=1)
    enough_M = defined_M >= MIN_DEFINED * num
    last_M = np.maximum(defined_M - 1, 0)
    spread_M = np.take_along_axis(ordered_MB, last_M[:, None], axis=1)[:, 0] - ordered_MB[:, 0]
    alike_M = spread_M <= EQUAL_WITHIN * np.maximum(1.0, np.abs(value_M))
    tail_M = expanded_tails((1 - level) / 2, np.maximum(num_subjects_M, 2))
    lo_M, hi_M = tail_quantiles(ordered_MB, defined_M, tail_M)
    found = []
    for index, (lo, hi, enough, alike) in enumerate(
        zip(lo_M.tolist(), hi_M.tolist(), enough_M.tolist(), alike_M.tolist(), strict=True)
    ):
        if not enough:
            share = 1 - int(defined_M[index]) / num
            found.append(no_interval(f"undefined in {share:.0%} of resamples: too few subjects"))
        elif alike:
            value, num_subjects = float(value_M[index]), int(num_subjects_M[index])
            found.append(_all_alike_interval(value, num_subjects, level, within[index]))
        else:
            bounds = _of_kind(kinds[index], float(value_M[index]), lo, hi)
            found.append(
                _clipped(*bounds, within[index], f"{BOOTSTRAP}{_IN_WORDS[kinds[index]]}, {num} resamples")
            )
    return found


_IN_WORDS: Mapping[IntervalKind, str] = {
    "percentile": "",
    "mirrored": ", mirrored at the value",
    "mirrored_squares": ", squares mirrored at the value",
}


def _of_kind(kind: IntervalKind, value: float, lo: float, hi: float) -> tuple[float, float]:
    """The bounds of a kind of interval, made of those between two percentiles."""
    if kind == "percentile":
        return lo, hi
    if kind == "mirrored_squares":
        low, high = _of_kind("mirrored", value**2, lo**2, hi**2)
        return math.sqrt(max(low, 0.0)), math.sqrt(high)
    reach = max(value - lo, hi - value)
    return value - reach, value + reach


def jackknife_interval(
    value: float, left_out_S: Floats, *, level: float, within: Range, kind: IntervalKind = "percentile"
) -> Interval:
    """Student's t with the jackknife standard error, for few subjects (Efron & Tibshirani 1993, equation 11.5).

    Where noise counts as error (``mirrored_squares``), the lower bound is the root of that of the square, less
    the jackknife's estimate of its bias (the same, chapter 11): with 3 to 5 subjects the interval of an ECE
    whose true value is 0 holds it in 95 to 97 % of studies, without this in 15 to 63 %
    (``benchmarks/validity/levels.md``).

    Args:
        value: the metric on all subjects.
        left_out_S: the metric without each of its subjects in turn; NaN if undefined.
        level: such as 0.95.
        within: the range that the interval is clipped to.
        kind: of the interval; ``mirrored`` is no different here.
    """
    num_subjects = len(left_out_S)
    if not np.isfinite(left_out_S).all():
        return no_interval("undefined without one of the subjects: no interval")
    if _alike(left_out_S, value):
        return _all_alike_interval(value, num_subjects, level, within)
    student = float(stdtrit(num_subjects - 1, (1 + level) / 2))
    half_width = student * _jackknife_error(left_out_S)
    if kind != "mirrored_squares":
        return _clipped(value - half_width, value + half_width, within, JACKKNIFE)
    square_S = left_out_S**2
    bias = (num_subjects - 1) * (float(square_S.mean()) - value**2)
    square = value**2 - max(bias, 0.0) - student * _jackknife_error(square_S)
    return _clipped(math.sqrt(max(square, 0.0)), value + half_width, within, f"{JACKKNIFE}, of squares below")


def _jackknife_error(left_out_S: Floats) -> float:
    """The standard error of a statistic over subjects."""
    return math.sqrt((len(left_out_S) - 1) * float(left_out_S.var()))


def expanded_tail(tail: float, num_subjects: int) -> float:
    """Φ(-√(n/(n-1)) t_{1-tail, n-1}): the share of resamples outside the interval on each side."""
    return float(expanded_tails(tail, np.array(num_subjects)))


def expanded_tails(tail: float, num_subjects_M: Ints) -> Floats:
    """The same for several numbers of subjects ``[M]``, each at least two."""
    student_M = -stdtrit(num_subjects_M - 1, tail)
    share_M: Floats = ndtr(-np.sqrt(num_subjects_M / (num_subjects_M - 1)) * student_M)
    return share_M


def _alike(values: Floats, value: float) -> bool:
    return float(np.ptp(values)) <= EQUAL_WITHIN * max(1.0, abs(value))


def _all_alike_interval(value: float, num_subjects: int, level: float, within: Range) -> Interval:
    """The interval if all subjects are alike: there is no variance, and [value, value] would claim certainty.

    If all n subjects are alike, at least (α/2)^(1/n) of all people are, with confidence 1 - α/2 (Clopper & Pearson
    1934); the others may lie anywhere in the metric's range.
    """
    if not within.is_finite:
        return no_interval("all subjects alike: no interval")
    lo, hi = alike_bounds(value, num_subjects, (1 - level) / 2, within)
    return _clipped(lo, hi, within, ALL_ALIKE)


Distances = tuple[float, float]
"""How far below and above its value the bounds of an interval lie."""


def difference_distances(left: Distances, right: Distances) -> Distances:
    """The distances of the bounds of a difference between two independent sides, from those of the sides.

    Zou & Donner 2008, doi:10.1002/sim.3095.
    """
    return math.hypot(left[0], right[1]), math.hypot(left[1], right[0])


def alike_bounds(value: float, num_subjects: int, tail: float, within: Range) -> tuple[float, float]:
    """Bounds on the population's value if all n subjects are alike, each with confidence 1 - tail."""
    share = tail ** (1 / num_subjects)
    return share * value + (1 - share) * within.low, share * value + (1 - share) * within.high


def deviating_bounds(
    constant: float, num_deviating: int, num_subjects: int, tail: float, within: Range
) -> tuple[float, float]:
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
    if num_deviating >= num_subjects:
        return within.low, within.high
    share = 1 - float(betaincinv(num_deviating + 1, num_subjects - num_deviating, 1 - tail))
    return share * constant + (1 - share) * within.low, share * constant + (1 - share) * within.high


def _clipped(lo: float, hi: float, within: Range, method: str) -> Interval:
    return Interval(max(lo, within.low), min(hi, within.high), method)
