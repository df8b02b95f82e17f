"""The scale on which two values of a metric are compared: of a square, its root.

A tolerance is a difference between errors, not between their squares: errors of 0.20 and 0.22 differ by 0.02,
their squares by 0.0084, which is more than the square of 0.05. And a square has no slope at zero, where its
standard errors vanish and an interval is too narrow; that of a root is wide there instead.

The estimate of a small square may be negative. Its root then counts as zero, with the standard error of a
square as far above zero. Taken as a negative root, noise would count twice: groups of a calibrated system with
15 and 100 clips per subject would seem to differ in up to 12 % of studies. This and the other ways that were
tried are in ``benchmarks/validity/levels.md``.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import Metric, or_zero
from harness.statistics.influence import gradient

SMALLEST = 1e-12
"""Squares below are taken as this large where the slope of the root is needed."""


def on_compared_scale(metric: Metric) -> Metric:
    """The metric as it is compared: of a square the root, of any other the metric itself.

    Args:
        metric: of a square, its value and gradient are those of the square.
    """
    if not metric.facts.squared:
        return metric
    facts = replace(metric.facts, low=0.0, high=_root(metric.facts.high))
    return replace(
        metric,
        facts=facts,
        highest=None if metric.highest is None else _root(metric.highest),
        value=lambda sums_F: np.sqrt(np.maximum(metric.value(sums_F), 0.0)),
        gradient=lambda sums_F: _gradient(metric, sums_F),
    )


def method_of(method: str | None, metric: Metric) -> str | None:
    """How an interval was computed, with the scale if it is not that of the metric's levels."""
    return f"{method}; of roots" if method is not None and metric.facts.squared else method


def _root(bound: float) -> float:
    return math.sqrt(max(bound, 0.0))


def _gradient(metric: Metric, sums_F: Floats) -> Floats:
    """The derivative of the square, divided by that of squaring at its size, whatever its sign."""
    square = metric.value(sums_F)
    shape = (*square.shape, *(1,) * (sums_F.ndim - square.ndim))
    slope = 2 * np.sqrt(np.maximum(np.abs(square), SMALLEST)).reshape(shape)
    return or_zero(_of_square(metric, sums_F, square.ndim) / slope)


def _of_square(metric: Metric, sums_F: Floats, num_leading: int) -> Floats:
    if metric.gradient is not None:
        return metric.gradient(sums_F)
    leading, axes = sums_F.shape[:num_leading], sums_F.shape[num_leading:]
    flat = gradient(
        lambda sums_k: metric.value(sums_k.reshape(*sums_k.shape[:-1], *axes)), sums_F.reshape(*leading, -1)
    )
    derivative: Floats = flat.reshape(sums_F.shape)
    return derivative
