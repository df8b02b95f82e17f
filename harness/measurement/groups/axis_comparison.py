"""What is compared between the groups of an axis: every metric, as they are and with the same mix on both sides.

Shapes: P rows (a subject within one group), G groups, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.measurement.cells import GroupTallies
from harness.measurement.flattened import is_comparable
from harness.measurement.groups.associated_axes import Association, other_axis_strata
from harness.measurement.groups.planned_comparison import PlannedComparison, plan_comparison
from harness.measurement.levels import class_support
from harness.measurement.result_rows import RowFactory
from harness.metrics.categorical import OF_CLASS, is_of_answers
from harness.metrics.class_mix import class_strata, mix_distance
from harness.metrics.tally import Metric, Tally

SAME_WITHIN = 0.01
"""If the mix of classes in every group is within this total variation distance of that of the run, no accuracy
changes by more with the same mix, and no difference is standardised to it."""


@dataclass(frozen=True)
class SameMix:
    """A planned comparison with the same mix on both sides.

    Attributes:
        index: of the comparison of the groups as they are, beside which it stands.
        kind: of its rows in the results.
        other_axis: the axis whose groups are mixed alike; None if it is the classes.
        planned: the comparison.
    """

    index: int
    kind: str
    other_axis: str | None
    planned: PlannedComparison


@dataclass(frozen=True)
class AxisPlan:
    """The comparisons of the groups of one axis: as they are, and with the same mix on both sides."""

    as_they_are: tuple[PlannedComparison, ...]
    same_mix: tuple[SameMix, ...]

    @property
    def all(self) -> tuple[PlannedComparison, ...]:
        """All of them, in this order."""
        return (*self.as_they_are, *(each.planned for each in self.same_mix))


def plan_axis(
    factory: RowFactory,
    grouped: GroupTallies,
    classes: Sequence[str],
    answers: Tally | None = None,
    together: Sequence[Association] = (),
) -> AxisPlan:
    """Plan the comparisons of the groups of an axis on every metric that the plan of the run compares.

    Args:
        factory: makes the rows.
        grouped: one row per subject and group.
        classes: of the labels.
        answers: samples by row, class and answer, of the same rows; None if they were not counted.
        together: the axes that this one goes together with.
    """
    support_GC = class_support(grouped, len(classes))
    least = factory.settings.min_subjects
    chosen = [
        (tally, metric)
        for tally in grouped.tallies
        for metric in tally.metrics
        if factory.settings.compares(metric.name) and is_comparable(tally, metric)
    ]
    planned = tuple(
        plan_comparison(
            grouped, tally, metric, least, support_GC if metric.facts.mean_over_classes else None, classes
        )
        for tally, metric in chosen
    )
    same_mix = [*_with_same_mix(grouped, chosen, classes, answers, least)]
    same_mix += [each for other in together for each in _adjusted(grouped, chosen, planned, classes, other, least)]
    return AxisPlan(planned, tuple(same_mix))


def _with_same_mix(
    grouped: GroupTallies,
    chosen: Sequence[tuple[Tally, Metric]],
    classes: Sequence[str],
    answers: Tally | None,
    min_subjects: int,
) -> Iterator[SameMix]:
    """The comparisons of those metrics that depend on the mix of classes."""
    for index, (tally, metric) in enumerate(chosen):
        if not is_of_answers(tally):
            continue
        weights_C = tally.sums[..., OF_CLASS].sum(0)
        strata = class_strata(metric, classes, weights_C, None if answers is None else answers.sums)
        if strata is not None and _is_mixed(grouped, tally):
            planned = plan_comparison(grouped, tally, metric, min_subjects, None, classes, strata)
            yield SameMix(index, "standardised", None, planned)


def _adjusted(
    grouped: GroupTallies,
    chosen: Sequence[tuple[Tally, Metric]],
    planned: Sequence[PlannedComparison],
    classes: Sequence[str],
    other: Association,
    min_subjects: int,
) -> Iterator[SameMix]:
    """The comparisons with the same mix of the groups of another axis."""
    stratum_P = other.group_of[grouped.subject]
    for index, ((tally, metric), as_it_is) in enumerate(zip(chosen, planned, strict=True)):
        if not as_it_is.pairings.side_pairs:
            continue
        strata = other_axis_strata(grouped, tally, metric, other)
        if strata is not None:
            each = plan_comparison(grouped, tally, metric, min_subjects, None, classes, strata, stratum_P)
            yield SameMix(index, "adjusted", other.other.axis, each)


def _is_mixed(grouped: GroupTallies, tally: Tally) -> bool:
    """Whether the classes are mixed differently in some groups."""
    of_class_GC = tally.summed(grouped.group, len(grouped.groups)).sums[..., OF_CLASS]
    named_G = [not group.is_unknown for group in grouped.groups]
    occurs_G = of_class_GC.any(-1)
    return mix_distance(of_class_GC[np.array(named_G) & occurs_G], of_class_GC.sum(0)) > SAME_WITHIN
