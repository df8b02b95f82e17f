"""What the judge needs to know about a metric: properties that make intervals of its differences unreliable.

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
    """Whether a metric is a share from 0 to 1 of which more is better, such as accuracy."""
    return metric.better == "higher" and (metric.low, metric.high) == (0.0, 1.0)


def num_carrying(metric: Metric, value_R: Floats, subject_R: Ints, constants: Sequence[float]) -> int | None:
    """How many subjects contribute to the variation of a rate: those that differ from the value of all the others.

    Args:
        metric: None is returned if it is not a rate.
        value_R: of each row; NaN does not contribute.
        subject_R: of each row.
        constants: the values of rows without variation: `OF_RATE`, or `OF_DIFFERENCE` for a difference of two
            rates.
    """
    if not is_rate(metric):
        return None
    known_R = np.isfinite(value_R)
    return min(len(distinct(subject_R[known_R & (value_R != constant)])) for constant in constants)


def size_bias(metric: Metric, num_samples: Sequence[int]) -> SizeBias | None:
    """The samples of each side, if the metric's bias depends on their number; None if it does not."""
    why = metric.facts.size_bias
    return None if why is None else SizeBias(num_samples, why)
