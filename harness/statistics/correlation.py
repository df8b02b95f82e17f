"""Pearson's correlation over people, with its interval.

Shapes: S people.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri  # `scipy.stats` takes half a second to import

from harness.arrays import Floats
from harness.statistics.intervals import Interval, no_interval

METHOD = "Fisher's z"


def correlation(first_S: Floats, second_S: Floats, level: float) -> tuple[float, Interval]:
    """The correlation over people for whom both are known (Fisher 1921).

    Args:
        first_S: NaN where not known.
        second_S: likewise.
        level: of the interval.
    """
    both_S = np.isfinite(first_S) & np.isfinite(second_S)
    first_S, second_S = first_S[both_S], second_S[both_S]
    if len(first_S) < 4:
        return math.nan, no_interval(f"{len(first_S)} subjects: no correlation")
    if np.ptp(first_S) == 0 or np.ptp(second_S) == 0:
        return math.nan, no_interval("all subjects alike: no correlation")
    value = float(np.clip(np.corrcoef(first_S, second_S)[0, 1], -1.0, 1.0))
    if abs(value) == 1:
        return value, no_interval("a perfect correlation: no interval")
    half = float(ndtri((1 + level) / 2)) / math.sqrt(len(first_S) - 3)
    return value, Interval(math.tanh(math.atanh(value) - half), math.tanh(math.atanh(value) + half), METHOD)
