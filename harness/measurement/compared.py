"""The groups of an axis compared on one metric: who is tested, against whom, and what came out.

Shapes: P rows (a subject within one group), G groups, U sides, K contrasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.attributes.grouping import UNKNOWN
from harness.measurement.cells import Pairs
from harness.measurement.run import subjects
from harness.measurement.settings import MeasureSettings
from harness.measurement.statistics_of import statistics_of
from harness.metrics.additive import Family, Ints, Metric
from harness.statistics.max_t import Contrasts, Design, Rows, contrasts
from harness.statistics.relabelling import AmongSubjects

REST = "rest"


@dataclass(frozen=True)
class Side:
    """A group, or all but one.

    Attributes:
        name: of the group, or ``rest``.
        groups: indices into the axis' groups.
        num_samples: that the metric counts there.
        num_unscored: of the samples.
        subjects: that they come from, sorted.
    """

    name: str
    groups: tuple[int, ...]
    num_samples: int
    num_unscored: int
    subjects: Ints

    @property
    def num_subjects(self) -> int:
        """How many subjects the samples come from."""
        return len(self.subjects)


@dataclass(frozen=True)
class Compared:
    """One metric on one axis.

    Attributes:
        axis: its name.
        metric: what is compared.
        sides: ``[U]``: the tested groups, then the rest of each.
        num_tested: how many of the sides are groups.
        pairs: ``[K]``, the two sides of each contrast.
        found: the contrasts; None where fewer than two groups can be tested.
        untested: why the other groups are not tested.
    """

    axis: str
    metric: Metric
    sides: tuple[Side, ...]
    num_tested: int
    pairs: tuple[tuple[int, int], ...]
    found: Contrasts | None
    untested: Mapping[str, str]

    @property
    def global_p(self) -> float:
        """Of the test that no two groups differ; NaN where there is none."""
        between = [k for k, (_, right) in enumerate(self.pairs) if right < self.num_tested]
        return float(np.nanmin(self.found.p[between])) if self.found and between else float("nan")


def compare(
    axis: str,
    pairs: Pairs,
    family: Family,
    metric: Metric,
    settings: MeasureSettings,
    support_GC: Ints | None,
    classes: Sequence[str],
) -> Compared:
    """Compare the groups of an axis: each with each other, and each with the rest.

    Args:
        axis: its name.
        pairs: one row per subject and group.
        family: that the metric is of.
        metric: what is compared.
        settings: the choices.
        support_GC: subjects per group and class, where a mean over classes is compared.
        classes: of the truth.
    """
    rows_P = np.flatnonzero(metric.num_samples(family.sums) > 0)
    rows_P = rows_P[[pairs.names[group] != UNKNOWN for group in pairs.group[rows_P].tolist()]]
    group_R = pairs.group[rows_P]
    untested = _untested(pairs.names, group_R, settings.min_subjects, support_GC, classes)
    occurring = np.unique(group_R).tolist()
    tested = [index for index in occurring if pairs.names[index] not in untested]
    if len(tested) < 2:
        return Compared(axis, metric, (), 0, (), None, untested)
    sides = [(pairs.names[index], (index,)) for index in tested]
    if len(occurring) > 2:
        sides += [(REST, tuple(other for other in occurring if other != index)) for index in tested]
    between = list(combinations(range(len(tested)), 2))
    against_rest = [(index, len(tested) + index) for index in range(len(sides) - len(tested))]
    subject_R = np.unique(pairs.subject[rows_P], return_inverse=True)[1]
    chosen = family.rows(rows_P)
    statistics = statistics_of(chosen, metric)
    found = contrasts(
        statistics.values,
        statistics.value,
        Rows(subject_R, group_R, int(subject_R.max()) + 1, len(pairs.names)),
        _design([groups for _, groups in sides], between, against_rest, len(pairs.names)),
        AmongSubjects(subject_R, group_R),
        draws=settings.permutations,
        level=settings.level,
        seed=settings.seed,
        derivative=statistics.derivative,
    )
    counted = tuple(_side(name, groups, chosen, metric, group_R, subject_R) for name, groups in sides)
    return Compared(axis, metric, counted, len(tested), (*between, *against_rest), found, untested)


def _untested(
    names: Sequence[str], group_R: Ints, least: int, support_GC: Ints | None, classes: Sequence[str]
) -> dict[str, str]:
    """Why groups are not tested: too few subjects, or too few in a class."""
    reasons = {}
    num_G = np.bincount(group_R, minlength=len(names)).tolist()
    for index, name in enumerate(names):
        if name == UNKNOWN:
            continue
        if num_G[index] < least:
            reasons[name] = f"{subjects(num_G[index])}; at least {least} are needed"
        elif support_GC is not None and support_GC[index].min(initial=least) < least:
            rarest = int(support_GC[index].argmin())
            shown = subjects(int(support_GC[index, rarest]))
            reasons[name] = f"{shown} with {classes[rarest]}; at least {least} are needed"
    return reasons


def _design(
    sides: Sequence[tuple[int, ...]],
    between: Sequence[tuple[int, int]],
    against_rest: Sequence[tuple[int, int]],
    num_groups: int,
) -> Design:
    members_UG = np.array([[group in groups for group in range(num_groups)] for groups in sides])
    pairs = [*between, *against_rest]
    weights_KU = np.zeros((len(pairs), len(sides)))
    for contrast, (left, right) in enumerate(pairs):
        weights_KU[contrast, left], weights_KU[contrast, right] = 1.0, -1.0
    family_K = np.array([0] * len(between) + [1] * len(against_rest), dtype=np.int64)
    return Design(members_UG, weights_KU, family_K)


def _side(
    name: str, groups: tuple[int, ...], family: Family, metric: Metric, group_R: Ints, subject_R: Ints
) -> Side:
    members = np.flatnonzero(np.isin(group_R, groups))
    total = family.sums[members].sum(0)
    return Side(
        name,
        groups,
        int(metric.num_samples(total)),
        int(metric.num_unscored(total)),
        np.unique(subject_R[members]),
    )
