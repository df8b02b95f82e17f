"""The bounds of the simultaneous intervals of differences.

Shapes: U sides, K contrasts.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.measurement.groups.group_comparison import GroupComparison
from harness.statistics.intervals import Range, alike_bounds


def simultaneous_bounds(compared: GroupComparison, level: float) -> tuple[Floats, Floats]:
    """The bounds ``[K]`` of every difference.

    They are the difference ± critical value · standard error. If there is no variation between the subjects of a
    side, its standard error is zero; that side then contributes an exact bound for people who were not tested, at
    a level divided among all differences (Bonferroni), and the two sides are combined as independent ones (Zou &
    Donner 2008, doi:10.1002/sim.3095).
    """
    found = compared.found
    assert found is not None
    within = Range(compared.metric.low, compared.metric.high)
    tail = (1 - level) / 2 / max(len(compared.side_pairs), 1)
    lo_K, hi_K = found.value - found.critical * found.error, found.value + found.critical * found.error
    for contrast, (left, right) in enumerate(compared.side_pairs):
        if found.side_errors[left] > 0 and found.side_errors[right] > 0:
            continue
        critical = float(found.critical[contrast])
        parts = []
        for side in (left, right):
            value, error = float(found.sides[side]), float(found.side_errors[side])
            bounds = (value - critical * error, value + critical * error)
            if not error > 0:
                bounds = alike_bounds(value, compared.sides[side].num_subjects, tail, within)
            parts.append((value - bounds[0], bounds[1] - value))
        (below_left, above_left), (below_right, above_right) = parts
        lo_K[contrast] = found.value[contrast] - np.hypot(below_left, above_right)
        hi_K[contrast] = found.value[contrast] + np.hypot(above_left, below_right)
    span = within.high - within.low
    return np.maximum(lo_K, -span), np.minimum(hi_K, span)
