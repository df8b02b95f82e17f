"""Student's t intervals of metrics, from their values with each subject left out in turn.

On its own scale the interval of a metric near an end of its range is too near on the other side. It is therefore
made where the range has no end: on the logit scale between two ends, on the logarithmic scale above one. The root
of a mean of squares depends on a few people with large errors; if they are missed, both the value and its standard
error are too low. Its interval is made on the reciprocal scale, which reaches further above, with half the degrees
of freedom where all subjects have as many samples.

A subject with many samples takes much of the variation with it when it is left out, so each change is weighed
by the share of the samples that stay: of a ratio of sums this is exactly the infinitesimal jackknife, from which
groups are compared. How uncertain the standard error itself is, such as where few subjects have most of the
samples, is in its degrees of freedom. ``benchmarks/validity/levels.md`` has how often the intervals hold, beside
other kinds.

Shapes: M metrics, S subjects.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.special import expit, logit, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats
from harness.metrics.metric_facts import IntervalKind
from harness.metrics.tally import ratio
from harness.statistics.freedom import side_freedom, total_spread
from harness.statistics.intervals import (
    Interval,
    Range,
    all_alike_interval,
    clipped,
    is_alike,
    no_interval,
)

JACKKNIFE = "jackknife over subjects, Student's t"
LOGIT, LOGARITHM = f"{JACKKNIFE}, logit scale", f"{JACKKNIFE}, logarithmic scale"
RECIPROCAL = f"{JACKKNIFE}, reciprocal scale"

ICC = 0.05
"""The intra-class correlation for the degrees of freedom, see `harness.statistics.freedom.ICC`. It is less than in
comparisons of groups, which must not raise false alarms where a small group varies much: with theirs, intervals of
levels hold in more than 97 % of studies where few subjects have very unequal numbers of samples."""

MAX_EXPONENT = 700.0
"""A larger exponential overflows."""

BLOCK_CELLS = 32_768
"""Subjects of metrics at a time: few enough for the processor's cache."""

DIGITS = 12
"""The decimals of the bounds: the last digits of logarithms differ between processors."""


def jackknife_intervals(
    value_M: Floats,
    left_out_MS: Floats,
    size_MS: Floats,
    *,
    level: float,
    within: Sequence[Range],
    kinds: Sequence[IntervalKind],
) -> list[Interval]:
    """The interval of each metric.

    With d_s the change of the metric without subject s, w_s its share of the samples and n subjects, the squared
    standard error is n / (n - 1) · Σ ((1 - w_s) d_s)² (Efron & Tibshirani 1993, equation 11.5, for equal w_s). Its
    degrees of freedom f are those of `side_freedom`; of squares 1 / (1 / f + 1 / (n - 1)).

    Args:
        value_M: the metrics on all subjects.
        left_out_MS: the metrics without each subject; NaN where undefined.
        size_MS: the samples that each subject has for each metric; subjects without do not count.
        level: such as 0.95.
        within: the range of each metric.
        kinds: of each metric; only ``student_squares`` matters.
    """
    errors = [_errors(value_M[block], left_out_MS[block], size_MS[block]) for block in _blocks(size_MS)]
    num_M, square_M, ptp_M, freedom_M = np.concatenate(errors, axis=1)
    error_M = np.sqrt(ratio(num_M * square_M, num_M - 1.0))
    of_squares_M = np.array([kind == "student_squares" for kind in kinds])
    others_M = np.maximum(num_M - 1, 0)
    freedom_M = np.where(of_squares_M, freedom_M * others_M / (freedom_M + others_M), freedom_M)
    half_width_M = error_M * stdtrit(freedom_M, (1 + level) / 2)
    logit_2M = _on_logit_scale(value_M, half_width_M, within)
    found = []
    for index, (value, half_width, num, ptp, logit_lo, logit_hi) in enumerate(
        zip(*(each.tolist() for each in (value_M, half_width_M, num_M, ptp_M, *logit_2M)), strict=True)
    ):
        if num == 0:
            found.append(no_interval("no samples to measure it on"))
        elif not math.isfinite(value):
            found.append(no_interval("undefined on these samples"))
        elif num == 1:
            found.append(no_interval("1 subject: no interval"))
        elif not math.isfinite(ptp):
            found.append(no_interval("undefined without one of the subjects: no interval"))
        elif is_alike(ptp, value):
            found.append(all_alike_interval(value, int(num), level, within[index]))
        elif of_squares_M[index]:
            found.append(_reciprocal(value, half_width, within[index]))
        elif not math.isnan(logit_lo):
            found.append(Interval(logit_lo, logit_hi, LOGIT))
        else:
            found.append(_on_scale(value, half_width, within[index]))
    return found


def _blocks(size_MS: Floats) -> Iterator[slice]:
    """Metrics whose subjects fit into the processor's cache together; at least one block."""
    num_metrics, num_subjects = size_MS.shape
    block = max(1, BLOCK_CELLS // max(num_subjects, 1))
    return (slice(start, start + block) for start in range(0, max(num_metrics, 1), block))


def _errors(value_M: Floats, left_out_MS: Floats, size_MS: Floats) -> Floats:
    """Of each metric ``[4, M]``: its subjects, Σ ((1 - w_s) d_s)², the range of the changes d_s, `side_freedom`.

    The range is not finite if a change is not.
    """
    is_behind_MS = size_MS > 0
    with np.errstate(invalid="ignore"):
        change_MS = np.where(is_behind_MS, left_out_MS - value_M[:, None], 0.0)
        staying_MS = 1 - ratio(size_MS, size_MS.sum(axis=1, keepdims=True))
        highest_M = np.where(is_behind_MS, change_MS, -np.inf).max(axis=1, initial=-np.inf)
        ptp_M = highest_M - np.where(is_behind_MS, change_MS, np.inf).min(axis=1, initial=np.inf)
    square_M = ((staying_MS * change_MS) ** 2).sum(axis=1)
    num_M = np.count_nonzero(is_behind_MS, axis=1)
    return np.stack([num_M, square_M, ptp_M, side_freedom(total_spread(size_MS, ICC))])


def _on_logit_scale(value_M: Floats, half_width_M: Floats, within: Sequence[Range]) -> Floats:
    """The bounds ``[2, M]`` of values between two ends of their range, on the logit scale; NaN of all others.

    They are rounded, and within the range.
    """
    low_M, high_M = np.array([(each.low, each.high) for each in within]).reshape(-1, 2).T
    bounds_2M = np.full((2, len(value_M)), np.nan)
    inside = np.flatnonzero(np.isfinite(low_M) & np.isfinite(high_M) & (low_M < value_M) & (value_M < high_M))
    value_n, low_n, high_n = value_M[inside], low_M[inside], high_M[inside]
    width_n = high_n - low_n
    centre_n = logit((value_n - low_n) / width_n)
    reach_n = half_width_M[inside] * width_n / ((value_n - low_n) * (high_n - value_n))
    for bound_M, side in zip(bounds_2M, (-1, 1), strict=True):
        bound_n = low_n + width_n * expit(centre_n + side * reach_n)
        bound_M[inside] = np.clip([round(bound, DIGITS) for bound in bound_n.tolist()], low_n, high_n)
    return bounds_2M


def _reciprocal(value: float, half_width: float, within: Range) -> Interval:
    """The interval on the scale of 1 / value, of a value above zero; none if it has no upper end."""
    if half_width >= value:
        return no_interval("varies too much between so few subjects: no upper bound")
    reach = half_width / value
    return clipped(round(value / (1 + reach), DIGITS), round(value / (1 - reach), DIGITS), within, RECIPROCAL)


def _on_scale(value: float, half_width: float, within: Range) -> Interval:
    """The interval on the scale on which a range with one end has none; else on the metric's own."""
    low, high = within.low, within.high
    if math.isfinite(low) and low < value and not math.isfinite(high):
        factor = math.exp(min(half_width / (value - low), MAX_EXPONENT))
        return _rounded(low + (value - low) / factor, low + (value - low) * factor, within, LOGARITHM)
    return _rounded(value - half_width, value + half_width, within, JACKKNIFE)


def _rounded(lo: float, hi: float, within: Range, method: str) -> Interval:
    return clipped(round(lo, DIGITS), round(hi, DIGITS), within, method)
