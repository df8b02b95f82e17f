"""Quantiles in the tails of resamples, smoothed so that they depend less on the seed.

A single order statistic varies from seed to seed, and of a metric that takes few values it jumps between two of
them. Here a line is fitted to the order statistics around the quantile, against their normal scores, where those
of a normal distribution lie on a line (local linear regression with tricube weights, Cleveland 1979,
doi:10.1080/01621459.1979.10481038). ``benchmarks/interval_seeds.py`` measures what is gained.

Shapes: M metrics, B resamples, W order statistics in the window.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints

MIN_VALUES = 10
"""With fewer no line is fitted."""

WINDOW = 1.0
"""How far the window reaches on each side of the quantile, in standard normal units."""


def tail_quantiles(ordered_MB: Floats, defined_M: Ints, tail_M: Floats) -> tuple[Floats, Floats]:
    """The quantiles ``[M]`` at the tail and at one minus the tail.

    Args:
        ordered_MB: values in ascending order, of which the first ``defined_M`` count.
        defined_M: how many; with fewer than `MIN_VALUES` the quantiles are NaN.
        tail_M: below 0.5; beyond the lowest of the values it is taken as that of the lowest.
    """
    lo_M, hi_M = np.full((2, len(ordered_MB)), np.nan)
    for num in np.unique(defined_M[defined_M >= MIN_VALUES]).tolist():
        chosen = np.flatnonzero(defined_M == num)
        first, weight_MW = _weights_of_rows(num, tail_M[chosen])
        past = first + weight_MW.shape[1]
        lo_M[chosen] = _weighted(ordered_MB[chosen, first:past], weight_MW)
        hi_M[chosen] = _weighted(ordered_MB[chosen, num - past : num - first][:, ::-1], weight_MW)
    return lo_M, hi_M


def expanded_tail(tail: float, num_subjects: int) -> float:
    """The tail of resamples for that of an interval: Φ(-√(n/(n-1)) t), t Student's with n - 1 degrees of freedom.

    A percentile interval is too narrow for few subjects: it uses normal instead of Student quantiles, and divides
    by n instead of n - 1. This corrects both (Hesterberg 2015, doi:10.1080/00031305.2015.1089789).
    """
    return float(expanded_tails(tail, np.array(num_subjects)))


def expanded_tails(tail: float, num_subjects_M: Ints) -> Floats:
    """The same for several numbers of subjects ``[M]``, each at least two."""
    student_M = -stdtrit(num_subjects_M - 1, tail)
    share_M: Floats = ndtr(-np.sqrt(num_subjects_M / (num_subjects_M - 1)) * student_M)
    return share_M


def _weights_of_rows(num: int, tail_M: Floats) -> tuple[int, Floats]:
    """The rank of the first order statistic in any row's window, and the weights ``[M, W]`` from there on."""
    tails, index_M = np.unique(tail_M, return_inverse=True)
    windows = [_weights(num, tail) for tail in tails.tolist()]
    first = min(start for start, _ in windows)
    weights = np.zeros((len(windows), max(start + len(weight_W) for start, weight_W in windows) - first))
    for row, (start, weight_W) in zip(weights, windows, strict=True):
        row[start - first : start - first + len(weight_W)] = weight_W
    return first, weights[index_M]


def _weighted(window_MW: Floats, weight_MW: Floats) -> Floats:
    """The weighted means ``[M]``; of equal values exactly this value, whatever the rounding of the weights."""
    deviation_M: Floats = ((window_MW - window_MW[:, :1]) * weight_MW).sum(1)
    return window_MW[:, 0] + deviation_M


@lru_cache(maxsize=256)
def _weights(num: int, tail: float) -> tuple[int, Floats]:
    """The rank of the first order statistic in the window, and the weights ``[W]`` of those in it: their sum is 1.

    They are what the fitted line is at the quantile. Some are negative where the sample ends within the window.
    """
    score_B = ndtri((np.arange(num) + 0.5) / num)
    distance_B = score_B - max(float(ndtri(tail)), score_B[0])
    inside_W = np.flatnonzero(np.abs(distance_B) < WINDOW)
    distance_W = distance_B[inside_W]
    kernel_W = (1 - np.abs(distance_W / WINDOW) ** 3) ** 3
    mean, mean_square = (np.average(distance_W**power, weights=kernel_W) for power in (1, 2))
    weight_W = kernel_W / kernel_W.sum() * (mean_square - mean * distance_W) / (mean_square - mean**2)
    return int(inside_W[0]), weight_W
