"""A metric as the comparison of groups wants it: a matrix of statistics, and functions of their sum.

Shapes: R rows, F the axes of a family's statistics, k of them flattened.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.metrics.additive import Family, Floats, Metric
from harness.statistics.sides import Additive

MAX_DIFFERENCES = 128
"""Statistics of a metric without a gradient of its own; more would make every permutation slow."""


def statistics_of(family: Family, metric: Metric) -> Additive:
    """Take a metric out of its family."""
    shape = family.sums.shape[1:]

    def unflattened(function: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
        return lambda sums_k: function(sums_k.reshape(*sums_k.shape[:-1], *shape))

    gradient = metric.gradient
    derivative = None if gradient is None else unflattened(gradient)
    return Additive(
        family.sums.reshape(len(family.sums), -1),
        unflattened(metric.value),
        None if derivative is None else lambda sums_k: derivative(sums_k).reshape(sums_k.shape),
    )


def is_comparable(family: Family, metric: Metric) -> bool:
    """Whether groups can be compared on a metric in reasonable time."""
    return metric.gradient is not None or int(np.prod(family.sums.shape[1:])) <= MAX_DIFFERENCES
