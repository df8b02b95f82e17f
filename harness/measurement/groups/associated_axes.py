"""Axes that go together: how closely, and the groups of one with the same mix of the groups of the other.

If most of the old people in a test are women, a difference between ages may be one between sexes. Such axes are
named, and beside each difference stands the one with the same mix of the other axis' groups. Only attributes
that belong to people are looked at: where one varies within people, such as lighting, they are compared with
themselves.

Shapes: S subjects, P rows (a subject within one group), H groups of the other axis, C classes, k statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import permutations

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, GroupTallies
from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.categorical import OF_CLASS, is_of_answers
from harness.metrics.strata import InStrata, Strata
from harness.metrics.tally import Metric, Tally
from harness.statistics.association import cramers_v
from harness.statistics.sides import Additive
from harness.tables.results import Result

TOGETHER = 0.3
"""Cramér's V from which axes are said to go together: a medium association (Cohen 1988, chapter 7)."""

MAX_VALUES = 2_000_000
"""Statistics of all rows and strata of one metric: 16 MB. A metric with more is not adjusted."""


@dataclass(frozen=True)
class Association:
    """How closely two axes go together.

    Attributes:
        axis: one of them.
        other: the other.
        group_of: ``[S]``, the group of each subject on the other axis; -1 if it is not known.
        cramers_v: from 0 to 1; see `harness.statistics.association.cramers_v`.
        num_subjects: those of whom both are known.
    """

    axis: Groups
    other: Groups
    group_of: Ints
    cramers_v: float
    num_subjects: int

    @property
    def together(self) -> bool:
        """Whether they go together."""
        return self.cramers_v >= TOGETHER


def associations(cells: Cells, axes: Sequence[Groups]) -> list[Association]:
    """Every pair of axes of one attribute that belongs to people, in both orders."""
    group_of = {groups.axis: _of_subjects(cells, groups) for groups in axes if not groups.is_intersection}
    found = []
    for axis, other in permutations((groups for groups in axes if groups.axis in group_of), 2):
        first_S, second_S = group_of[axis.axis], group_of[other.axis]
        if first_S is None or second_S is None:
            continue
        known_S = (first_S >= 0) & (second_S >= 0)
        value = cramers_v(first_S[known_S], second_S[known_S])
        if np.isfinite(value):
            found.append(Association(axis, other, second_S, value, int(known_S.sum())))
    return found


def association_rows(factory: RowFactory, found: Sequence[Association], num_samples: int) -> Iterator[Result]:
    """A row for each pair of axes."""
    for one in found:
        told = f"goes together with {one.other.axis}: differences between groups of one can be those of the other"
        yield factory.result(
            Scope.on(one.axis),
            kind="association",
            metric="association",
            statistic="index",
            index="cramers_v",
            other_axis=one.other.axis,
            value=one.cramers_v,
            threshold=TOGETHER,
            n_samples=num_samples,
            n_subjects=one.num_subjects,
            n_unscored=0,
            note=told if one.together else None,
        )


def other_axis_strata(grouped: GroupTallies, tally: Tally, metric: Metric, found: Association) -> Strata | None:
    """The groups of the other axis as strata of a metric.

    Args:
        grouped: one row per subject and group of the axis.
        tally: the tally that the metric belongs to.
        metric: the metric that is compared.
        found: the two axes.

    Returns:
        None if the metric is standardised over strata of its own, or has too many statistics.
    """
    metric = on_compared_scale(metric)
    additive = flattened_statistics(tally, metric)
    names = tuple(group.name for group in found.other.groups if not group.is_unknown)
    if metric.strata is not None or additive.statistics.size * len(names) > MAX_VALUES:
        return None
    stratum_P = found.group_of[grouped.subject]
    in_stratum_PH = (stratum_P[:, None] == np.arange(len(names))).astype(np.float64)
    return Strata(
        split=partial(
            _split, metric=metric, additive=additive, in_stratum_PH=in_stratum_PH, of_answers=is_of_answers(tally)
        ),
        noun=f"groups of {found.other.axis}",
        names=names,
        weights=in_stratum_PH.T @ metric.num_samples(tally.sums),
        value=partial(_value, additive=additive),
        gradient=partial(_gradient, additive=additive),
    )


def _of_subjects(cells: Cells, groups: Groups) -> Ints | None:
    """The group of each subject ``[S]``, -1 if it is not known; None if the attribute varies within subjects."""
    group_R = cells.group[groups.axis]
    group_S = np.zeros(cells.num_subjects, dtype=np.int64)
    group_S[cells.subject] = group_R
    if (group_S[cells.subject] != group_R).any():
        return None
    return group_S if groups.unknown is None else np.where(group_S == groups.unknown, -1, group_S)


def _split(
    sums_PF: Floats, metric: Metric, additive: Additive, in_stratum_PH: Floats, *, of_answers: bool
) -> InStrata:
    classes_PHC = None
    if metric.facts.mean_over_classes and of_answers:
        classes_PHC = (in_stratum_PH[..., None] * sums_PF[:, None, :, OF_CLASS]) > 0
    return InStrata(
        in_stratum_PH * metric.num_samples(sums_PF)[:, None],
        in_stratum_PH * metric.num_unscored(sums_PF)[:, None],
        in_stratum_PH[..., None] * additive.statistics[:, None],
        classes_PHC,
    )


def _value(scaled_Hk: Floats, additive: Additive) -> Floats:
    return additive.value(scaled_Hk.sum(-2))


def _gradient(scaled_Hk: Floats, additive: Additive) -> Floats:
    derived_k = additive.derived(scaled_Hk.sum(-2))
    return np.broadcast_to(derived_k[..., None, :], scaled_Hk.shape)
