"""Intervals of metrics that count noise as error: resamples of subjects, mirrored at the value.

Resampling adds the noise a second time, so percentiles of the resamples hardly ever hold a value near zero: of an
ECE whose true value is 0, in none of 300 studies, mirrored in 97 to 100 % (``benchmarks/validity/levels.md``).

Shapes: S subjects, B resamples, M metrics.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import IntervalKind
from harness.statistics.intervals import (
    MIN_DEFINED,
    Interval,
    Range,
    all_alike_interval,
    are_alike,
    clipped,
    no_interval,
)
from harness.statistics.jackknife import JACKKNIFE
from harness.statistics.tail_quantiles import expanded_tails, tail_quantiles

BOOTSTRAP = "subject bootstrap, expanded percentile"
FEW_SUBJECTS = 6
"""With fewer, resamples do not extend beyond the extreme subjects; the jackknife takes their place."""

MIRRORED: Mapping[IntervalKind, str] = {
    "mirrored": "mirrored at the value",
    "mirrored_squares": "squares mirrored at the value",
}
"""The kinds of intervals made here, in words."""


def mirrored_intervals(
    value_M: Floats,
    resampled_MB: Floats,
    *,
    num_subjects_M: Ints,
    level: float,
    within: Sequence[Range],
    kinds: Sequence[IntervalKind],
) -> list[Interval]:
    """The interval of each metric.

    Of the distances between the value and two percentiles the larger counts on both sides. The percentiles are
    expanded, because those of few subjects are too near: see `expanded_tails`.

    Args:
        value_M: the metrics on all subjects.
        resampled_MB: the metrics on each resample; NaN where undefined.
        num_subjects_M: the number of subjects behind each metric.
        level: such as 0.95.
        within: the range that each interval is clipped to.
        kinds: ``mirrored``, or ``mirrored_squares`` where squares are.
    """
    num = resampled_MB.shape[1]
    ordered_MB = np.sort(np.where(np.isfinite(resampled_MB), resampled_MB, np.nan), axis=1)
    defined_M = np.count_nonzero(np.isfinite(ordered_MB), axis=1)
    tail_M = expanded_tails((1 - level) / 2, np.maximum(num_subjects_M, 2))
    lo_M, hi_M = tail_quantiles(ordered_MB, defined_M, tail_M)
    found = []
    for index, (value, defined, lo, hi) in enumerate(
        zip(value_M.tolist(), defined_M.tolist(), lo_M.tolist(), hi_M.tolist(), strict=True)
    ):
        if defined < MIN_DEFINED * num:
            found.append(no_interval(f"undefined in {1 - defined / num:.0%} of resamples: too few subjects"))
        elif are_alike(ordered_MB[index, :defined], value):
            found.append(all_alike_interval(value, int(num_subjects_M[index]), level, within[index]))
        else:
            method = f"{BOOTSTRAP}, {MIRRORED[kinds[index]]}, {num} resamples"
            found.append(clipped(*_mirrored(kinds[index], value, lo, hi), within[index], method))
    return found


def _mirrored(kind: IntervalKind, value: float, lo: float, hi: float) -> tuple[float, float]:
    """The bounds of a kind of interval, made of those between two percentiles."""
    if kind == "mirrored_squares":
        low, high = _mirrored("mirrored", value**2, lo**2, hi**2)
        return math.sqrt(max(low, 0.0)), math.sqrt(high)
    reach = max(value - lo, hi - value)
    return value - reach, value + reach


def jackknife_of_squares(value: float, left_out_S: Floats, *, level: float, within: Range) -> Interval:
    """Student's t with the jackknife standard error, for few subjects (Efron & Tibshirani 1993, equation 11.5).

    The lower bound is the root of that of the square, less the jackknife's estimate of its bias (the same, chapter
    11): with 3 to 5 subjects the interval of an ECE whose true value is 0 holds it in 95 to 97 % of studies,
    without this in 15 to 63 % (``benchmarks/validity/levels.md``).

    Args:
        value: the metric on all subjects.
        left_out_S: the metric without each of its subjects in turn.
        level: such as 0.95.
        within: the range that the interval is clipped to.
    """
    if are_alike(left_out_S, value):
        return all_alike_interval(value, len(left_out_S), level, within)
    others = len(left_out_S) - 1
    student = float(stdtrit(others, (1 + level) / 2))
    square_S = left_out_S**2
    bias = others * (float(square_S.mean()) - value**2)
    square = value**2 - max(bias, 0.0) - student * _error(square_S)
    hi = value + student * _error(left_out_S)
    return clipped(math.sqrt(max(square, 0.0)), hi, within, f"{JACKKNIFE}, of squares below")


def _error(left_out_S: Floats) -> float:
    """The standard error of a statistic over subjects."""
    return math.sqrt((len(left_out_S) - 1) * float(left_out_S.var()))
