"""A metric in the form that comparisons need: a matrix of statistics, and functions of their sum.

Shapes: R rows, F the axes of a tally's statistics, k of them flattened.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, row_blocks
from harness.statistics.intervals import Range
from harness.statistics.sides import Additive

MAX_DIFFERENCES = 128
"""The most statistics that a metric without its own gradient may have; more would make permutations slow."""


def flattened_statistics(tally: Tally, metric: Metric) -> Additive:
    """Extract one metric from its tally; of a fraction, its two sums alone."""
    gradient, within = metric.gradient, Range(metric.low, metric.high)
    num_rows, *shape = tally.sums.shape
    finite = within if within.is_finite else None
    if isinstance(gradient, FractionGradient):
        blocks = row_blocks(num_rows, math.prod(shape))
        fractions_R2 = np.concatenate([gradient.above_and_below(tally.sums[block]) for block in blocks])
        return Additive(fractions_R2, _fraction, _of_fraction, finite)

    def unflattened(function: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
        return lambda sums_k: function(sums_k.reshape(*sums_k.shape[:-1], *shape))

    derivative = None if gradient is None else unflattened(gradient)
    return Additive(
        tally.sums.reshape(num_rows, math.prod(shape)),
        unflattened(metric.value),
        None if derivative is None else lambda sums_k: derivative(sums_k).reshape(sums_k.shape),
        finite,
    )


def is_comparable(tally: Tally, metric: Metric) -> bool:
    """Whether groups can be compared on a metric in reasonable time."""
    return metric.gradient is not None or math.prod(tally.sums.shape[1:]) <= MAX_DIFFERENCES


_of_fraction = FractionGradient([1, 0], [0, 1])


def _fraction(sums_2: Floats) -> Floats:
    return ratio(sums_2[..., 0], sums_2[..., 1])
