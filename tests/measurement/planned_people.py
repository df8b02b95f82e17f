"""Comparisons planned on people whose right and wrong answers are counted by hand."""

from __future__ import annotations

import numpy as np
from one_axis import pairs_of

from harness.arrays import Ints
from harness.measurement.cells import GroupTallies
from harness.measurement.groups.planned_comparison import (
    PlannedComparison,
    plan_comparison,
)
from harness.metrics.categorical import categorical

CLASSES = ("a", "b")


def people(group: list[int], names: tuple[str, ...], *, clips: int = 4) -> GroupTallies:
    """A person each with so many clips, half of each class; person n answers the first n % 3 of them wrong."""
    row = np.repeat(np.arange(len(group)), clips)
    truth = np.tile(np.arange(clips) % 2, len(group))
    wrong = np.tile(np.arange(clips), len(group)) < row % 3
    tally = categorical(
        row, truth, np.where(wrong, 1 - truth, truth), num_rows=len(group), classes=CLASSES, per_class=False
    )
    return pairs_of([tally], group, names)


def planned(
    pairs: GroupTallies, *, least: int = 2, support: Ints | None = None, metric: str = "accuracy"
) -> PlannedComparison:
    """The comparison of the people's groups on one metric."""
    (tally,) = pairs.tallies
    chosen = next(m for m in tally.metrics if m.name == metric)
    return plan_comparison(pairs, tally, chosen, least, support, CLASSES)
