"""The largest deviate of every family in each draw, without computing those that cannot be the largest.

Most of the differences between many sides are far from the largest one. A deviate is no larger than its t with
as many degrees of freedom as any difference of its family can have. So the deviate of the largest t is computed
first, and then only those whose t could make a larger one. The result is that of computing all of them.

Shapes: U sides, K contrasts, M families of contrasts, b labellings of the rows, N deviates that are computed, b M
of them first.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.design import Design
from harness.statistics.freedom import LEAST, student_t
from harness.statistics.intervals import Range
from harness.statistics.sides import Measured
from harness.statistics.studentised import (
    DIGITS,
    NO_DIFFERENCE,
    on_logit_scale,
    on_own_scale,
    smaller_deviates,
)

ROUNDED = 2 * 10.0**-DIGITS
"""A deviate that is smaller by more than this before rounding is not larger after it."""

SLACK = 1e-9
"""The share by which a t may be too small because of rounding."""

_ONE_LESS_ANOTHER = Design(np.eye(2, dtype=np.bool_), np.array([[1.0, -1.0]]))


def largest_deviates(measured: Measured, design: Design, within: Range | None) -> Floats:
    """The largest of `smaller_deviates` in each family, ``[b, M]``.

    Args:
        measured: the metric on every side.
        design: the sides and their contrasts.
        within: the range of the metric, if it has a logit scale.
    """
    if measured.covariance.ndim == 2 and design.is_difference.all():
        found = [_of_family(measured, design, family_K, within) for family_K in design.families()]
    else:
        deviates_bK = _deviates(measured, design, within)
        found = [deviates_bK[:, family_K].max(axis=1) for family_K in design.families()]
    return np.stack(found, axis=1)


def _of_family(measured: Measured, design: Design, family_K: Ints, within: Range | None) -> Floats:
    """The largest deviates ``[b]`` of some differences between sides that are apart."""
    sides_2K = np.stack([design.weights[family_K].argmax(axis=1), design.weights[family_K].argmin(axis=1)])
    square_bK = _squared_t(measured, sides_2K)
    first_b = square_bK.argmax(axis=1)
    draw_b = np.arange(len(square_bK))
    largest_b = _deviates_of(measured, draw_b, sides_2K[:, first_b], within)
    # Welch's degrees of freedom are at most those of both sides together.
    freedom_bU = ratio(np.ones_like(measured.overlap), measured.overlap)[:, np.unique(sides_2K)]
    most = max(2 * float(np.nanmax(freedom_bU, initial=LEAST)), LEAST)
    enough_b = student_t(np.maximum(largest_b - ROUNDED, 0.0), most) ** 2 * (1 - SLACK)
    square_bK[draw_b, first_b] = -1.0
    draw_N, contrast_N = np.nonzero((square_bK >= enough_b[:, None]) & (square_bK > 0))
    if len(draw_N):
        others_N = _deviates_of(measured, draw_N, sides_2K[:, contrast_N], within)
        np.maximum.at(largest_b, draw_N, others_N)
    return largest_b


def _squared_t(measured: Measured, sides_2K: Ints) -> Floats:
    """Squared differences by their variances ``[b, K]``; 0 without a difference, -1 if undefined."""
    left_K, right_K = sides_2K
    value_bU, variance_bU = measured.value, measured.variance
    difference_bK: Floats = value_bU.take(left_K, axis=1)
    difference_bK -= value_bU.take(right_K, axis=1)
    variance_bK = variance_bU.take(left_K, axis=1)
    variance_bK += variance_bU.take(right_K, axis=1)
    none_bK = np.abs(difference_bK) < NO_DIFFERENCE
    np.square(difference_bK, out=difference_bK)
    with np.errstate(divide="ignore", invalid="ignore"):
        difference_bK /= variance_bK
    if none_bK.any():
        difference_bK[none_bK & ~np.isnan(variance_bK)] = 0.0
    if not (np.isfinite(value_bU).all() and np.isfinite(variance_bU).all()):
        difference_bK[np.isnan(difference_bK)] = -1.0
    return difference_bK


def _deviates_of(measured: Measured, draw_N: Ints, sides_2N: Ints, within: Range | None) -> Floats:
    """The deviates ``[N]`` of single differences in single draws."""
    at = draw_N[:, None], sides_2N.T
    pairs = Measured(measured.value[at], measured.covariance[at], measured.overlap[at])
    deviates_N: Floats = _deviates(pairs, _ONE_LESS_ANOTHER, within)[:, 0]
    return deviates_N


def _deviates(measured: Measured, design: Design, within: Range | None) -> Floats:
    on_logit = None if within is None else on_logit_scale(measured, design, within)
    return smaller_deviates(on_own_scale(measured, design), on_logit)
