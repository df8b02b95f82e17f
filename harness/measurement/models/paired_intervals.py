"""The simultaneous interval of a contrast between models."""

from __future__ import annotations

import numpy as np

from harness.statistics.intervals import MIN_DEFINED, Interval, Range, alike_bounds, no_interval
from harness.statistics.max_t import Contrasts

NO_SPREAD = 1e-12
ALIKE_IN_BOTH = "all subjects alike in both models: exact bound on the share of such subjects"


def interval_of(found: Contrasts, index: int, *, widest: float, num_subjects: int, level: float) -> Interval:
    """The simultaneous interval of one contrast.

    Args:
        found: the contrasts of one metric.
        index: which of them.
        widest: the largest absolute value of the contrast; infinity if there is none.
        num_subjects: the subjects behind its smaller side.
        level: such as 0.95.
    """
    value, error = float(found.value[index]), float(found.error[index])
    if not np.isfinite(value):
        return no_interval("undefined on these samples")
    if found.defined[index] < MIN_DEFINED or not np.isfinite(error):
        return no_interval("undefined in too many permutations: too few subjects")
    if error <= NO_SPREAD:
        if not np.isfinite(widest):
            return no_interval(ALIKE_IN_BOTH.partition(":")[0])
        tail = (1 - level) / 2 / len(found.value)
        return Interval(*alike_bounds(value, num_subjects, tail, Range(-widest, widest)), ALIKE_IN_BOTH)
    lo, hi = (float(bound_K[index]) for bound_K in found.bounds(level))
    return Interval(max(lo, -widest), min(hi, widest), found.method)
