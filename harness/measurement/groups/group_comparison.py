"""The groups of an axis compared on one metric: which groups are tested, against which, and with what outcome.

Shapes: P rows (a subject within one group), G groups, U sides, K contrasts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.groups.planned_comparison import PlannedComparison
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.metric_gates import OF_RATE, num_carrying
from harness.metrics.tally import Functions, Metric
from harness.progress import UNSEEN, Share
from harness.statistics.codes import distinct
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.max_t import contrasts_of, values_per_draw
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.resampling import DRAWS_PER_TEST, affordable_draws

CHUNK_SUBJECTS = 10_000
"""Subjects looked up at a time to count those on two sides."""


@dataclass(frozen=True)
class Side:
    """One side of a comparison: a group, or all groups but one.

    Attributes:
        group: the group, or `THE_REST`.
        groups: indices into the axis' groups.
        num_samples: the samples behind the metric's value.
        num_unscored: how many of them have no score.
        subjects: the subjects of these samples, sorted.
        carried_by: how many subjects contribute to the variation of a rate; None if the metric is not a rate.
    """

    group: Group
    groups: tuple[int, ...]
    num_samples: int
    num_unscored: int
    subjects: Ints
    carried_by: int | None

    @property
    def num_subjects(self) -> int:
        """How many subjects the samples come from."""
        return len(self.subjects)


@dataclass(frozen=True)
class GroupComparison:
    """The comparison of the groups of one axis on one metric.

    Attributes:
        axis: with its groups.
        metric: the metric that is compared, see `harness.measurement.compared_scale`.
        sides: ``[U]``: the tested groups, then for each of them all others ("the rest").
        num_tested: how many of the sides, the first, are the tested groups, all over the same strata; 0 if no
            stratum is one that all have.
        side_pairs: ``[K]``, the two sides of each contrast, first those between groups.
        found: the contrasts; None if no two groups can be compared.
        untested: the index of each other group, and why it is not tested.
        notes: ``[K]``, what is left out of a contrast; None if nothing.
        apart: tested sides that have too little in common to be compared, and why.
    """

    axis: Groups
    metric: Metric
    sides: tuple[Side, ...]
    num_tested: int
    side_pairs: tuple[tuple[int, int], ...]
    found: Contrasts | None
    untested: Mapping[int, str]
    notes: tuple[str | None, ...] = ()
    apart: Mapping[tuple[Group, Group], str] = field(default_factory=dict)

    @cached_property
    def between(self) -> list[int]:
        """The contrasts of two groups; the others are those of a group and the rest."""
        return [k for k, (_, right) in enumerate(self.side_pairs) if self.sides[right].group != THE_REST]

    def num_subjects(self, sides: Sequence[int]) -> int:
        """The number of distinct subjects on one side, on either of two, or on any of several."""
        match sides:
            case [left, right]:
                return self._in_either[left][right]
            case _:
                return len(distinct(np.concatenate([self.sides[side].subjects for side in sides])))

    @cached_property
    def _in_either(self) -> list[list[int]]:
        """The number of distinct subjects on each pair of sides, U lists of U."""
        num_U = np.array([side.num_subjects for side in self.sides])
        in_both_UU = np.zeros((len(num_U), len(num_U)), dtype=np.int64)
        for start in range(0, 1 + max(int(side.subjects.max(initial=-1)) for side in self.sides), CHUNK_SUBJECTS):
            member_US = np.zeros((len(num_U), CHUNK_SUBJECTS), dtype=np.float32)
            for member_S, side in zip(member_US, self.sides, strict=True):
                first, last = np.searchsorted(side.subjects, (start, start + CHUNK_SUBJECTS)).tolist()
                member_S[side.subjects[first:last] - start] = 1.0
            in_both_UU += (member_US @ member_US.T).astype(np.int64)
        in_either: list[list[int]] = (num_U[:, None] + num_U - in_both_UU).tolist()
        return in_either


def compare_planned(
    comparisons: Sequence[PlannedComparison],
    settings: MeasureSettings,
    num_tests: int = 0,
    progress: Share = UNSEEN,
) -> Iterator[GroupComparison]:
    """Carry out comparisons; metrics with the same rows share the draws.

    Args:
        comparisons: what was planned on one axis.
        settings: the level, the most permutations, and the seed.
        num_tests: how many tests p-values will be corrected for.
        progress: told of the draws.
    """
    found: dict[int, Contrasts] = {}
    together = _alike(comparisons)
    shares = progress.split(*(sum(comparisons[index].cost for index in alike) for alike in together))
    for alike, share in zip(together, shares, strict=True):
        first = comparisons[alike[0]]
        design = _design(first)
        results = contrasts_of(
            [comparisons[index].additive for index in alike],
            first.rows,
            design,
            AmongSubjects(first.rows.subject, first.rows.label, first.stratum),
            draws=affordable_draws(
                settings.permutations,
                values_per_draw(design, len(first.rows.subject)),
                least=DRAWS_PER_TEST * num_tests,
            ),
            seed=(settings.seed, first.who),
            number=first.number,
            always_permute=first.is_permuted,
            told=share.to,
        )
        share.end()
        found |= dict(zip(alike, results, strict=True))
    group_sums = _GroupSums()
    for index, comparison in enumerate(comparisons):
        yield _compared(comparison, found.get(index), group_sums)


def _alike(comparisons: Sequence[PlannedComparison]) -> list[list[int]]:
    """The comparisons with something to compare, grouped by key."""
    by_key: dict[object, list[int]] = {}
    for index, comparison in enumerate(comparisons):
        if comparison.pairings.side_pairs:
            by_key.setdefault(comparison.key, []).append(index)
    return list(by_key.values())


def _compared(comparison: PlannedComparison, found: Contrasts | None, group_sums: _GroupSums) -> GroupComparison:
    pairings, shared, groups = comparison.pairings, comparison.shared, comparison.axis.groups
    tally, metric = comparison.tally, comparison.metric
    totals = _Totals(group_sums(comparison), Functions([metric.value]).of_rows(tally.sums)[0])

    def named(side: Sequence[int]) -> Group:
        return THE_REST if len(side) > 1 else groups[side[0]]

    return GroupComparison(
        comparison.axis,
        metric,
        tuple(_side(comparison, totals, index, named(side)) for index, side in enumerate(pairings.sides)),
        pairings.num_tested,
        pairings.side_pairs,
        found,
        comparison.untested,
        (None,) * len(pairings.side_pairs) if shared is None else shared.notes,
        {} if shared is None else {(named(a), named(b)): why for (a, b), why in shared.apart.items()},
    )


def _design(comparison: PlannedComparison) -> Design:
    pairings = comparison.pairings
    weights_KU = np.zeros((len(pairings.side_pairs), len(pairings.sides)))
    for contrast, (left, right) in enumerate(pairings.side_pairs):
        weights_KU[contrast, left], weights_KU[contrast, right] = 1.0, -1.0
    family_K = np.repeat([0, 1], [len(pairings.between), len(pairings.against_rest)])
    return Design(comparison.members, weights_KU, family_K - family_K.min())


@dataclass(frozen=True)
class _Totals:
    """Sums that all sides of a comparison share.

    Attributes:
        of_group: ``[G, *F]``, the statistics of each group.
        of_row: ``[P]``, the metric in each row.
    """

    of_group: Floats
    of_row: Floats


class _GroupSums:
    """The sums ``[G, *F]`` of the groups; the last are remembered, as metrics of one tally follow each other."""

    def __init__(self) -> None:
        self._latest: tuple[PlannedComparison, Floats] | None = None

    def __call__(self, comparison: PlannedComparison) -> Floats:
        label_R = comparison.rows.label
        if self._latest is not None:
            other, sums_GF = self._latest
            if other.tally.sums is comparison.tally.sums and np.array_equal(other.rows.label, label_R):
                return sums_GF
        sums_GF = comparison.tally.summed(label_R, len(comparison.axis.groups)).sums
        self._latest = comparison, sums_GF
        return sums_GF


def _side(comparison: PlannedComparison, totals: _Totals, index: int, group: Group) -> Side:
    groups, members, metric = comparison.pairings.sides[index], comparison.rows_of(index), comparison.metric
    total = totals.of_group[list(groups)].sum(0)
    if comparison.shared is None:
        num_samples, num_unscored = int(metric.num_samples(total)), int(metric.num_unscored(total))
    else:
        num_samples, num_unscored = comparison.shared.counts(members, index)
    return Side(
        group,
        groups,
        num_samples,
        num_unscored,
        distinct(comparison.rows.subject[members]),
        num_carrying(metric, totals.of_row[members], comparison.rows.subject[members], OF_RATE),
    )
