"""Indices of how much groups differ. By chance none is zero, so each comes with its null distribution.

Shapes: G groups; leading axes are draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import ratio
from harness.statistics.intervals import NULL_TAILS

RESOLUTION = 1e-6
"""A metric of scores in single precision that is smaller may be rounding alone: nothing is divided by it."""


@dataclass(frozen=True)
class Index:
    """An index with the mean and the central 95 % of its null distribution, in which groups do not differ."""

    name: str
    value: float
    null_mean: float
    null_lo: float
    null_hi: float


def indices(
    value_G: Floats, error_G: Floats, null_value_BG: Floats, null_error_BG: Floats, *, rate: bool
) -> Iterator[Index]:
    """Every index.

    Args:
        value_G: the metric per group.
        error_G: its standard errors.
        null_value_BG: the same under the null hypothesis, drawn B times.
        null_error_BG: the standard errors in each draw.
        rate: whether values are shares of which more is better; then there are indices of error rates, too.
    """
    measures: dict[str, Callable[[Floats, Floats], Floats]] = {
        "max_min_difference": lambda value, _: max_min_difference(value),
        "between_group_sd": between_group_sd,
    }
    if rate:
        measures["max_min_ratio"] = lambda value, _: max_min_ratio(1 - value)
        measures["garbe"] = lambda value, _: garbe(1 - value)
    for name, measure in measures.items():
        null_B = measure(null_value_BG, null_error_BG)
        null_B = null_B[np.isfinite(null_B)]
        if not len(null_B):
            continue
        lo, hi = np.quantile(null_B, NULL_TAILS)
        yield Index(name, float(measure(value_G, error_G)), float(null_B.mean()), float(lo), float(hi))


def max_min_difference(value_G: Floats) -> Floats:
    """The highest minus the lowest value (fairlearn's ``difference``)."""
    return np.asarray(value_G.max(axis=-1) - value_G.min(axis=-1))


def max_min_ratio(error_G: Floats) -> Floats:
    """The highest divided by the lowest error rate (the inverse of fairlearn's ``ratio`` of error rates)."""
    return ratio(error_G.max(axis=-1), _divisor(error_G.min(axis=-1)))


def between_group_sd(value_G: Floats, error_G: Floats) -> Floats:
    """The standard deviation between groups beyond sampling error: √max(0, s² - mean squared standard error).

    The variance before the root is unbiased (the double-corrected estimator of Lum, Zhang & Bower 2022,
    arXiv:2205.05770).
    """
    variance: Floats = value_G.var(axis=-1, ddof=1) - (error_G**2).mean(axis=-1)
    return np.sqrt(np.maximum(variance, 0.0))


def garbe(error_G: Floats) -> Floats:
    """Gini aggregation rate for biometric equitability of an error rate: 0 if equal, 1 if all is in one group.

    n / (n - 1) · Σij |xi - xj| / (2 n² mean(x)) (Howard et al. 2022, arXiv:2203.05051; ISO/IEC 19795-10).
    """
    num = error_G.shape[-1]
    rank_G = np.arange(num)
    above_G = np.sort(error_G, axis=-1)
    above_G -= above_G[..., :1].copy()  # equal values give exactly 0
    # Of ascending values the one of rank i is the larger of i pairs and the smaller of the others.
    spread = 2 * ((2 * rank_G - num + 1) * above_G).sum(axis=-1)
    return ratio(num * spread, (num - 1) * 2 * num**2 * _divisor(error_G.mean(axis=-1)))


def _divisor(value: Floats) -> Floats:
    """Zero, by which `ratio` does not divide, for what may be zero but for rounding."""
    return np.where(value > RESOLUTION, value, 0.0)
