"""What the judge has to know of a metric: what makes intervals of its differences untrustworthy.

Shapes: R rows (a subject, or one within a group), U sides.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.tally import Metric
from harness.statistics.codes import distinct
from harness.verdicts.judge import SizeBias

OF_RATE = (0.0, 1.0)
OF_DIFFERENCE = (-1.0, 0.0, 1.0)


def is_rate(metric: Metric) -> bool:
    """Whether a metric is a share of right answers or the like, from 0 to 1 and better high."""
    return metric.better == "higher" and (metric.low, metric.high) == (0.0, 1.0)


def num_carrying(metric: Metric, value_R: Floats, subject_R: Ints, constants: Sequence[float]) -> int | None:
    """How many subjects carry the spread of a rate: those off the constant at which most of the others lie.

    Args:
        metric: None is returned where it is no rate.
        value_R: of each row; what is undefined carries nothing.
        subject_R: of each row.
        constants: where rows without any spread lie: `OF_RATE`, or `OF_DIFFERENCE` for a difference of two rates.
    """
    if not is_rate(metric):
        return None
    known_R = np.isfinite(value_R)
    return min(len(distinct(subject_R[known_R & (value_R != constant)])) for constant in constants)


def size_bias(metric: Metric, num_samples: Sequence[int]) -> SizeBias | None:
    """The samples of each side, where the metric is biased by their number; None where it is not."""
    why = metric.facts.size_bias
    return None if why is None else SizeBias(num_samples, why)


def is_near_perfect(metric: Metric, value_U: Floats, error_U: Floats) -> bool:
    """Whether a side lies so near to the metric's least value that its standard error vanishes.

    A square has no slope there: 95 % intervals hold in 85 % of studies (``benchmarks/validity``).
    """
    return metric.facts.squared and bool((value_U <= 2 * error_U).any())
