"""The simultaneous interval of a contrast between models."""

from __future__ import annotations

import math

import numpy as np

from harness.statistics.contrasts import Contrasts
from harness.statistics.intervals import (
    MIN_DEFINED,
    MIN_DEVIATING,
    Distances,
    Interval,
    Range,
    alike_bounds,
    deviating_bounds,
    no_interval,
)

NO_SPREAD = 1e-12
ALIKE_IN_BOTH = "all subjects alike in both models: exact bound on the share of such subjects"


def lone_reach(value: float, num_deviating: int | None, num_subjects: int, tail: float) -> Distances:
    """The distances of the exact bounds of a difference of two rates that only one subject makes; else nothing.

    Args:
        value: the difference.
        num_deviating: the subjects with a difference unlike all others; None if the metric is not a rate.
        num_subjects: all subjects.
        tail: the error of each bound.
    """
    if not num_deviating or num_deviating >= MIN_DEVIATING:
        return 0.0, 0.0
    lo, hi = deviating_bounds(round(value), num_deviating, num_subjects, tail, Range(-1.0, 1.0))
    return max(value - lo, 0.0), max(hi - value, 0.0)


def tail_of(found: Contrasts, level: float, *, alone: bool = False) -> float:
    """The error of an exact bound: that of an interval, unless alone divided among all contrasts (Bonferroni)."""
    return (1 - level) / 2 / (1 if alone else len(found.value))


def interval_of(
    found: Contrasts,
    index: int,
    *,
    widest: float,
    num_subjects: int,
    level: float,
    lone: Distances = (0.0, 0.0),
    alone: bool = False,
) -> Interval:
    """The interval of one contrast.

    Args:
        found: the contrasts of one metric.
        index: which of them.
        widest: the largest absolute value of the contrast; infinity if there is none.
        num_subjects: the subjects behind its smaller side.
        level: such as 0.95.
        lone: the distances of exact bounds where the spread of a side is that of one subject, see `lone_reach`.
        alone: it holds for itself, and not together with those of other contrasts.
    """
    value, error = float(found.value[index]), float(found.error[index])
    if not np.isfinite(value):
        return no_interval("undefined on these samples")
    if found.defined[index] < MIN_DEFINED or not np.isfinite(error):
        return no_interval("undefined in too many permutations: too few subjects")
    if error <= NO_SPREAD:
        if not np.isfinite(widest):
            return no_interval(ALIKE_IN_BOTH.partition(":")[0])
        bounds = alike_bounds(value, num_subjects, tail_of(found, level, alone=alone), Range(-widest, widest))
        return Interval(*bounds, ALIKE_IN_BOTH)
    lo, hi = (float(bound_K[index]) for bound_K in found.bounds(level))
    below, above = math.hypot(value - lo, lone[0]), math.hypot(hi - value, lone[1])
    return Interval(max(value - below, -widest), min(value + above, widest), found.method)


def alike_distances(value: float, interval: Interval) -> Distances:
    """The part of an interval that shrinks with the number of subjects: all of it, or nothing."""
    if interval.bounds is None or interval.method != ALIKE_IN_BOTH:
        return 0.0, 0.0
    return value - interval.bounds[0], interval.bounds[1] - value
