"""Contrasts with stated values, errors and critical value, as if a comparison had found them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.statistics.contrasts import Contrasts
from harness.statistics.studentised import OnScale

MANY = 1e9
"""So many degrees of freedom that a studentised contrast is its own normal deviate."""


def stated(
    value: Sequence[float],
    error: Sequence[float],
    *,
    sides: Sequence[float],
    side_errors: Sequence[float],
    critical: float,
    freedom: float = MANY,
    draws: int = 199,
) -> Contrasts:
    """Contrasts whose critical value is ``critical`` in every draw."""
    none = np.empty((0, len(value)))
    return Contrasts(
        sides=np.array(sides, dtype=float),
        side_errors=np.array(side_errors, dtype=float),
        own=OnScale(*(np.array([each], dtype=float) for each in (value, error, np.full(len(value), freedom)))),
        on_logit=None,
        family=np.zeros(len(value), dtype=np.int64),
        largest=np.full((1, draws), critical),
        null_sides=none,
        null_errors=none,
        null_ranges=[(None, None)] * len(value),
        defined=np.ones(len(value)),
        method="by hand",
    )
