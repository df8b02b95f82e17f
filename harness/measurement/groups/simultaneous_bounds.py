"""The bounds of the simultaneous intervals of differences.

Shapes: U sides, K contrasts.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.measurement.groups.exact_sides import exact_bounds, is_exact, tail_of
from harness.measurement.groups.group_comparison import GroupComparison


def simultaneous_bounds(compared: GroupComparison, level: float) -> tuple[Floats, Floats]:
    """The bounds ``[K]`` of every difference.

    They are the difference ± critical value · standard error. If there is no variation between the subjects of a
    side, or only that of one subject, it contributes an exact bound for people who were not tested, at a level
    divided among all differences (Bonferroni), and the two sides are combined as independent ones (Zou & Donner
    2008, doi:10.1002/sim.3095).
    """
    found = compared.found
    assert found is not None
    tail = tail_of(compared, level)
    lo_K, hi_K = found.value - found.critical * found.error, found.value + found.critical * found.error
    for contrast, (left, right) in enumerate(compared.side_pairs):
        if not (is_exact(compared, left) or is_exact(compared, right)):
            continue
        critical = float(found.critical[contrast])
        parts = []
        for side in (left, right):
            value, error = float(found.sides[side]), float(found.side_errors[side])
            bounds = (value - critical * error, value + critical * error)
            if is_exact(compared, side):
                bounds = exact_bounds(compared, side, tail, critical * error)
            parts.append((value - bounds[0], bounds[1] - value))
        (below_left, above_left), (below_right, above_right) = parts
        lo_K[contrast] = found.value[contrast] - np.hypot(below_left, above_right)
        hi_K[contrast] = found.value[contrast] + np.hypot(above_left, below_right)
    span = compared.metric.high - compared.metric.low
    return np.maximum(lo_K, -span), np.minimum(hi_K, span)
