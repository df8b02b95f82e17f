"""The error under a condition relative to that on clean media: 2 where twice as many answers are wrong.

The corruption benchmarks divide by the error of a reference network (Hendrycks & Dietterich 2019,
arXiv:1903.12261, section 4); here a system is its own reference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.measurement.metric_gates import is_rate
from harness.measurement.models.model_comparison import ModelDifference
from harness.measurement.models.paired_intervals import NO_SPREAD

NOT_CLEAR = "not defined: the error on clean media is not clear of zero"


@dataclass(frozen=True)
class RelativeError:
    """A ratio of two errors.

    Attributes:
        error, clean_error: one minus the metric, under the condition and on clean media.
        value: the first over the second; None where the second is not clear of zero.
        lo, hi: on the logarithm; None where either error is not clear of zero, or all subjects change alike.
    """

    error: float
    clean_error: float
    value: float | None = None
    lo: float | None = None
    hi: float | None = None


def relative_error(d: ModelDifference) -> RelativeError | None:
    """The errors behind a difference; None for a metric that is no share of right answers, or without an interval.

    The variance of the logarithm is v/a² + w/b² - 2c/(ab) with the errors a and b, their variances v and w, and
    their covariance c, which follows from the variance of their difference.
    """
    if not is_rate(d.metric) or d.metric.facts.chance is None or d.lo is None or not math.isfinite(d.value):
        return None
    error, clean = 1 - d.first_value, 1 - d.second_value
    found = RelativeError(error, clean)
    if not clean > d.critical * d.second_error or not clean > 0:
        return found
    value = error / clean
    if d.error <= NO_SPREAD or not error > d.critical * d.first_error or not error > 0:
        return RelativeError(error, clean, value)
    covariance = (d.first_error**2 + d.second_error**2 - d.error**2) / 2
    variance = (d.first_error / error) ** 2 + (d.second_error / clean) ** 2 - 2 * covariance / (error * clean)
    reach = d.critical * math.sqrt(max(variance, 0.0))
    return RelativeError(error, clean, value, value * math.exp(-reach), value * math.exp(reach))
