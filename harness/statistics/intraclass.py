"""Intra-class correlation of two or more methods that measured the same people once each.

Shapes: S subjects, K methods.
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np
from scipy.special import fdtri  # `scipy.stats` takes half a second to import

from harness.arrays import Floats
from harness.statistics.intervals import Interval, no_interval

METHOD = "F distribution (McGraw & Wong 1996)"


def intraclass_correlation(
    value_SK: Floats, kind: Literal["agreement", "consistency"], level: float
) -> tuple[float, Interval]:
    """ICC(A,1) or ICC(C,1) of single measurements, two-way random (McGraw & Wong 1996,
    doi:10.1037/1082-989X.1.1.30).

    Args:
        value_SK: finite.
        kind: ``agreement`` counts a constant difference between methods as disagreement, ``consistency`` does not.
        level: of the interval.
    """  # noqa: D205 (the citation does not fit on one line)
    num, num_methods = value_SK.shape
    if num < 3:
        return math.nan, no_interval(f"{num} subjects: no intra-class correlation")
    rows, columns, error = _mean_squares(value_SK)
    if rows + (num_methods - 1) * error <= 0:
        return math.nan, no_interval("all measurements are equal")
    freedom = num - 1, (num - 1) * (num_methods - 1)
    if kind == "consistency":
        value = (rows - error) / (rows + (num_methods - 1) * error)
        if error <= 0:
            return value, no_interval("no error is left: no interval")
        ratio = rows / error
        lo = ratio / fdtri(*freedom, (1 + level) / 2)
        hi = ratio * fdtri(*freedom[::-1], (1 + level) / 2)
        lo, hi = (float((f - 1) / (f + num_methods - 1)) for f in (lo, hi))
        return value, Interval(lo, hi, METHOD)
    value = (rows - error) / (rows + (num_methods - 1) * error + num_methods * (columns - error) / num)
    if error <= 0 or not value < 1:
        return value, no_interval("no error is left: no interval")
    return value, _agreement_interval(value, (rows, columns, error), value_SK.shape, level)


def _agreement_interval(
    value: float, mean_squares: tuple[float, float, float], shape: tuple[int, ...], level: float
) -> Interval:
    """Table 7 of McGraw & Wong: the degrees of freedom of the denominator are Satterthwaite's."""
    rows, columns, error = mean_squares
    n, k = shape
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * columns + b * error) ** 2 / (
        (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
    )
    upper = fdtri(n - 1, freedom, (1 + level) / 2)
    lower = fdtri(freedom, n - 1, (1 + level) / 2)
    others = k * columns + (k * n - k - n) * error
    lo = n * (rows - upper * error) / (upper * others + n * rows)
    hi = n * (lower * rows - error) / (others + n * lower * rows)
    return Interval(float(lo), float(hi), METHOD)


def _mean_squares(value_SK: Floats) -> tuple[float, float, float]:
    """Between subjects, between methods, and of what is left."""
    num, num_methods = value_SK.shape
    mean = value_SK.mean()
    mean_S, mean_K = value_SK.mean(axis=1), value_SK.mean(axis=0)
    rest_SK = value_SK - mean_S[:, None] - mean_K + mean
    rows = num_methods * float(np.sum((mean_S - mean) ** 2)) / (num - 1)
    columns = num * float(np.sum((mean_K - mean) ** 2)) / (num_methods - 1)
    return rows, columns, float((rest_SK**2).sum()) / ((num - 1) * (num_methods - 1))
