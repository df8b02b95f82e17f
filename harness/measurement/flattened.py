"""A metric as the comparison of groups wants it: a matrix of statistics, and functions of their sum.

Shapes: R rows, F the axes of a tally's statistics, k of them flattened.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from harness.arrays import Floats
from harness.metrics.tally import Metric, Tally
from harness.statistics.sides import Additive

MAX_DIFFERENCES = 128
"""Statistics of a metric without a gradient of its own; more would make every permutation slow."""


def flattened_statistics(tally: Tally, metric: Metric) -> Additive:
    """Take a metric out of its tally."""
    shape = tally.sums.shape[1:]

    def unflattened(function: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
        return lambda sums_k: function(sums_k.reshape(*sums_k.shape[:-1], *shape))

    gradient = metric.gradient
    derivative = None if gradient is None else unflattened(gradient)
    return Additive(
        tally.sums.reshape(len(tally.sums), math.prod(shape)),
        unflattened(metric.value),
        None if derivative is None else lambda sums_k: derivative(sums_k).reshape(sums_k.shape),
    )


def is_comparable(tally: Tally, metric: Metric) -> bool:
    """Whether groups can be compared on a metric in reasonable time."""
    return metric.gradient is not None or math.prod(tally.sums.shape[1:]) <= MAX_DIFFERENCES
