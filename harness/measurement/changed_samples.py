"""The samples on which a metric of changed answers rests: those whose answer is another than on clean media.

Shapes: N samples.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Bools
from harness.measurement.answers_to_both import answers_to_both
from harness.metrics.assignment import NEGATIVE
from harness.metrics.invariance import FACTS, NEGATIVE_SHIFT, UNCHANGED_WITHIN
from harness.tables.alignment import NO_LABEL, Aligned


def is_of_changes(metric: str) -> bool:
    """Whether a metric compares the answers under a condition with those on clean media."""
    return metric.partition(":")[0] in {facts.base for facts in FACTS}


def changed_samples(metric: str, clean: Aligned, changed: Aligned) -> Bools:
    """The samples that count as changed: ``[N]``.

    Args:
        metric: see `is_of_changes`: of answers those that are others or lost, of a dimension those whose value
            moved or is lost, of the shift to negative those that became negative or ceased to be.
        clean: the answers on clean media.
        changed: those to the same samples under the condition; what it could not change is left out.
    """
    dimension = metric.partition(":")[2]
    found_N = _moved(dimension, clean, changed) if dimension else _differing(metric, clean, changed)
    return found_N if changed.applicable is None else found_N & changed.applicable


def _moved(dimension: str, clean: Aligned, changed: Aligned) -> Bools:
    nothing = np.full(len(clean.truth), np.nan)
    clean_N, changed_N = (of.dimensions.get(dimension, (nothing, nothing))[1] for of in (clean, changed))
    stays_N = np.abs(changed_N - clean_N) < UNCHANGED_WITHIN
    moved_N: Bools = np.isfinite(clean_N) & ~stays_N
    return moved_N


def _differing(metric: str, clean: Aligned, changed: Aligned) -> Bools:
    if clean.mapping is None or changed.mapping is None:
        return np.zeros(len(clean.truth), bool)
    both = answers_to_both(clean, changed)
    differs_N: Bools = (both.clean != NO_LABEL) & (both.clean != both.changed)
    if metric != NEGATIVE_SHIFT.name:
        return differs_N
    is_negative = np.array([*(name in NEGATIVE for name in both.names), False])
    shifts_N: Bools = is_negative[both.clean] != is_negative[both.changed]
    shifts_N &= both.changed != NO_LABEL
    return differs_N & shifts_N
