"""The bounds of the simultaneous intervals of differences, and the p-values that agree with them.

Shapes: U sides, K contrasts, E contrasts with a side that has no spread.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats, Ints
from harness.measurement.groups.exact_sides import exact_bounds, is_exact, tail_of
from harness.measurement.groups.group_comparison import GroupComparison
from harness.statistics.intervals import difference_distances


def simultaneous_bounds(compared: GroupComparison, level: float | Floats) -> tuple[Floats, Floats]:
    """The bounds ``[K]`` of every difference.

    They are those of `Contrasts.bounds`. If there is no variation between the subjects of a side, or only that of
    one subject, it contributes an exact bound for people who were not tested, at a level divided among all
    differences (Bonferroni), and the two sides are combined as independent ones.

    Args:
        compared: the comparison.
        level: simultaneous confidence level; one for all differences, or one for each.
    """
    found = compared.found
    assert found is not None
    lo_K, hi_K = found.bounds(level)
    exact_E = with_exact_side(compared)
    if len(exact_E):
        lo_K[exact_E], hi_K[exact_E] = _with_exact_sides(compared, exact_E, level)
    span = compared.metric.high - compared.metric.low
    return np.maximum(lo_K, -span), np.minimum(hi_K, span)


def p_values(compared: GroupComparison) -> Floats:
    """The p-values ``[K]`` of every difference; NaN where it is undefined.

    The lowest 1 - level at which the simultaneous interval excludes zero, of the levels that the number of draws
    can tell apart; 1 if there is none.
    """
    found = compared.found
    assert found is not None
    if not len(with_exact_side(compared)):
        return found.p
    # Ranks of the critical value among the draws: at `beyond` the interval excludes zero, at `across` it does not.
    beyond_K = np.full(len(found.value), found.num_draws + 1)
    across_K = np.zeros(len(found.value), dtype=np.int64)
    while (beyond_K - across_K > 1).any():
        middle_K = np.maximum((beyond_K + across_K) // 2, 1)
        lo_K, hi_K = simultaneous_bounds(compared, 1 - middle_K / (found.num_draws + 1))
        excludes_K = (lo_K > 0) | (hi_K < 0)
        beyond_K, across_K = np.where(excludes_K, middle_K, beyond_K), np.where(excludes_K, across_K, middle_K)
    return np.where(np.isfinite(found.value), beyond_K / (found.num_draws + 1), np.nan)


def with_exact_side(compared: GroupComparison) -> Ints:
    """The differences of which a side has no variation between its subjects, or only that of one."""
    return np.flatnonzero(is_exact(compared)[np.array(compared.side_pairs, dtype=np.int64)].any(axis=1))


def _with_exact_sides(compared: GroupComparison, exact_E: Ints, level: float | Floats) -> tuple[Floats, Floats]:
    found = compared.found
    assert found is not None
    side_2E = np.array(compared.side_pairs)[exact_E].T
    tail_E = tail_of(compared, np.broadcast_to(level, len(compared.side_pairs))[exact_E])
    value_2E, half_width_2E = found.sides[side_2E], found.critical(level)[exact_E] * found.side_errors[side_2E]
    exact_lo_2E, exact_hi_2E = exact_bounds(compared, side_2E, tail_E, half_width_2E)
    is_exact_2E = is_exact(compared)[side_2E]
    below_2E = np.where(is_exact_2E, value_2E - exact_lo_2E, half_width_2E)
    above_2E = np.where(is_exact_2E, exact_hi_2E - value_2E, half_width_2E)
    left, right = zip(below_2E, above_2E, strict=True)
    below_E, above_E = difference_distances(left, right)
    return found.value[exact_E] - below_E, found.value[exact_E] + above_E
