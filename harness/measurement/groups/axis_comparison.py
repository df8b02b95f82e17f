"""The groups of an axis compared on every metric, as they are and with the same mix of classes.

Shapes: P rows (a subject within one group), G groups, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.measurement.cells import GroupTallies
from harness.measurement.flattened import is_comparable
from harness.measurement.groups.group_comparison import (
    Beside,
    GroupComparison,
    PlannedComparison,
    compare_planned,
    plan_comparison,
)
from harness.measurement.levels import class_support
from harness.measurement.result_rows import RowFactory
from harness.metrics.categorical import OF_CLASS, is_of_answers
from harness.metrics.class_mix import class_strata, mix_distance
from harness.metrics.tally import Metric, Tally

SAME_MIX = 0.01
"""If the mix of classes in every group is within this total variation distance of that of the run, no accuracy
changes by more with the same mix, and no difference is standardised to it."""


def compare_groups(
    factory: RowFactory, grouped: GroupTallies, classes: Sequence[str], answers: Tally | None = None
) -> tuple[GroupComparison, ...]:
    """Compare the groups of an axis on every metric that the plan compares.

    Args:
        factory: makes the rows.
        grouped: one row per subject and group.
        classes: of the labels.
        answers: samples by row, class and answer, of the same rows; None if they were not counted.
    """
    support_GC = class_support(grouped, len(classes))
    least = factory.settings.min_subjects
    chosen = [
        (tally, metric)
        for tally in grouped.tallies
        for metric in tally.metrics
        if factory.settings.compares(metric.name) and is_comparable(tally, metric)
    ]
    planned = [
        plan_comparison(
            grouped, tally, metric, least, support_GC if metric.facts.mean_over_classes else None, classes
        )
        for tally, metric in chosen
    ]
    same_mix = dict(_with_same_mix(grouped, chosen, classes, answers, least))
    found = iter(compare_planned([*planned, *same_mix.values()], factory.settings))
    compared = [next(found) for _ in planned]
    for index in same_mix:
        compared[index] = replace(compared[index], besides=(Beside("standardised", None, next(found)),))
    return tuple(compared)


def _with_same_mix(
    grouped: GroupTallies,
    chosen: Sequence[tuple[Tally, Metric]],
    classes: Sequence[str],
    answers: Tally | None,
    min_subjects: int,
) -> Iterator[tuple[int, PlannedComparison]]:
    """The comparisons of those metrics that depend on the mix of classes, with their index."""
    for index, (tally, metric) in enumerate(chosen):
        if not is_of_answers(tally):
            continue
        weights_C = tally.sums[..., OF_CLASS].sum(0)
        strata = class_strata(metric, classes, weights_C, None if answers is None else answers.sums)
        if strata is not None and _is_mixed(grouped, tally):
            yield index, plan_comparison(grouped, tally, metric, min_subjects, None, classes, strata)


def _is_mixed(grouped: GroupTallies, tally: Tally) -> bool:
    """Whether the classes are mixed differently in some groups."""
    of_class_GC = tally.summed(grouped.group, len(grouped.groups)).sums[..., OF_CLASS]
    named_G = [not group.is_unknown for group in grouped.groups]
    occurs_G = of_class_GC.any(-1)
    return mix_distance(of_class_GC[np.array(named_G) & occurs_G], of_class_GC.sum(0)) > SAME_MIX
