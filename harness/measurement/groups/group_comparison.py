"""The groups of an axis compared on one metric: which groups are tested, against which, and with what outcome.

Shapes: P rows (a subject within one group), G groups, U sides, K contrasts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from zlib import crc32

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies
from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.shared_strata import Pairings, SharedStrata, over_shared_strata
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.metric_gates import OF_RATE, num_carrying
from harness.metrics.strata import Strata
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import distinct, renumbered
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.intervals import Range
from harness.statistics.max_t import MANY_SUBJECTS, contrasts_of, values_per_draw
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.resampling import DRAWS_PER_TEST, affordable_draws
from harness.statistics.sides import Additive, Rows
from harness.wording import quantity

MANY_ROWS = 5_000

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
                return int(self._in_either[left, right])
            case _:
                return len(distinct(np.concatenate([self.sides[side].subjects for side in sides])))

    @cached_property
    def _in_either(self) -> Ints:
        """The number of distinct subjects on each pair of sides, ``[U, U]``."""
        num_U = np.array([side.num_subjects for side in self.sides])
        in_both_UU = np.zeros((len(num_U), len(num_U)), dtype=np.int64)
        for start in range(0, 1 + max(int(side.subjects.max(initial=-1)) for side in self.sides), CHUNK_SUBJECTS):
            chunk = np.arange(start, start + CHUNK_SUBJECTS)
            member_US = np.array([np.isin(chunk, side.subjects) for side in self.sides], dtype=np.float32)
            in_both_UU += (member_US @ member_US.T).astype(np.int64)
        in_either_UU: Ints = num_U[:, None] + num_U - in_both_UU
        return in_either_UU


@dataclass(frozen=True)
class PlannedComparison:
    """A comparison on one metric that has been planned but not carried out.

    Attributes:
        axis: with its groups.
        tally: the rows that have samples for the metric.
        metric: the metric that is compared.
        rows: the subject and the group of each row.
        pairings: the sides, and which of them are compared.
        untested: the index of each other group, and why it is not tested.
        shared: the strata over which the sides are compared; None if the metric is not standardised.
        who: a number for the subjects of the rows: comparisons of the same people are drawn together.
        stratum: ``[R]``, within which subjects are permuted; None if among all.
    """

    axis: Groups
    tally: Tally
    metric: Metric
    rows: Rows
    pairings: Pairings
    untested: Mapping[int, str]
    who: int
    shared: SharedStrata | None = None
    stratum: Ints | None = None

    @property
    def always_permute(self) -> bool:
        """Whether to permute even if all sides have many subjects, as Student's t would be less accurate.

        Of some metrics it is, and where few subjects of a side are in one of its strata. Above `MANY_ROWS`
        permutations would take minutes with many groups.
        """
        few_in_stratum = self.shared is not None and self.shared.fewest < MANY_SUBJECTS
        return (few_in_stratum or self.metric.facts.always_permuted) and len(self.rows.subject) <= MANY_ROWS

    @property
    def key(self) -> tuple[object, ...]:
        """Metrics with the same key can share the draws."""
        rows = (self.rows.subject, self.rows.label, self.rows.size)
        columns = rows if self.stratum is None else (*rows, self.stratum)
        return tuple(column.tobytes() for column in columns), self.pairings, self.always_permute

    @property
    def number(self) -> int:
        """A number for the sides that are compared, such as the groups of the axis; see `contrasts_of`."""
        return crc32(self.rows.label.tobytes() + repr(self.pairings).encode())

    @property
    def additive(self) -> Additive:
        """The metric in the form that contrasts need."""
        if self.shared is None:
            return flattened_statistics(self.tally, self.metric)
        return self.shared.additive(Range(self.metric.low, self.metric.high))

    def rows_of(self, side: int) -> Ints:
        """The rows of one side."""
        members = np.flatnonzero(np.isin(self.rows.label, self.pairings.sides[side]))
        return members if self.shared is None else self.shared.rows_of(members, side)


def plan_comparison(
    grouped: GroupTallies,
    tally: Tally,
    metric: Metric,
    min_subjects: int,
    support_GC: Ints | None,
    classes: Sequence[str],
    strata: Strata | None = None,
    stratum_P: Ints | None = None,
) -> PlannedComparison:
    """Decide which groups of an axis are compared: every pair of groups, and each group with the rest.

    Args:
        grouped: one row per subject and group.
        tally: the tally that the metric belongs to.
        metric: the metric that is compared, on the scale of its levels.
        min_subjects: the fewest subjects that a group needs, and each class in it.
        support_GC: subjects per group and class, if a mean over classes is compared.
        classes: of the labels.
        strata: over which groups are standardised; by default those of the metric, if it has any.
        stratum_P: if a row is in one stratum only, which; subjects are then permuted within strata.
    """
    metric = on_compared_scale(metric)
    strata = metric.strata if strata is None else strata
    split = None if strata is None else strata.split(tally.sums)
    num_samples_P = metric.num_samples(tally.sums) if split is None else split.sizes.sum(1)
    named_G = np.array([not group.is_unknown for group in grouped.groups])
    rows_P = np.flatnonzero((num_samples_P > 0) & named_G[grouped.group])
    group_R = grouped.group[rows_P]
    untested = _untested(grouped.groups, group_R, min_subjects, support_GC, classes)
    occurring = distinct(group_R).tolist()
    tested = [index for index in occurring if index not in untested]
    sides, between, against_rest = pairings(tested, occurring)
    planned = Pairings(sides, between, against_rest if between else (), len(tested))
    subject_R = renumbered(grouped.subject[rows_P])[1]
    sizes_R = _sizes(tally, metric, num_samples_P)[rows_P]
    rows = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, len(grouped.groups), sizes_R)
    shared = None
    if strata is not None and split is not None:
        split = split.rows(rows_P)
        planned, shared = over_shared_strata(planned, rows, strata, split, min_subjects, grouped.axis.names)
    stratum_R = None if stratum_P is None else stratum_P[rows_P]
    who = crc32(grouped.subject[rows_P].tobytes())
    return PlannedComparison(
        grouped.axis, tally.rows(rows_P), metric, rows, planned, untested, who, shared, stratum_R
    )


def pairings(
    tested: Sequence[int], occurring: Sequence[int]
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]:
    """Every pair of tested groups, and each tested group with the rest if there are more than two groups.

    Returns:
        The groups of each side, the tested ones first, then the rest of each; the pairs of tested groups and those
        of a group and its rest, as indices of sides.
    """
    rests = [tuple(o for o in occurring if o != index) for index in tested] if len(occurring) > 2 else []
    return (
        (*((index,) for index in tested), *rests),
        tuple(combinations(range(len(tested)), 2)),
        tuple((index, len(tested) + index) for index in range(len(rests))),
    )


def num_tests(comparisons: Sequence[PlannedComparison]) -> int:
    """How many tests are made: for each comparison, one of all pairs of groups and one of groups with the rest."""
    return sum(bool(each.pairings.between) + bool(each.pairings.against_rest) for each in comparisons)


def compare_planned(
    comparisons: Sequence[PlannedComparison], settings: MeasureSettings, num_tests: int = 0
) -> Iterator[GroupComparison]:
    """Carry out comparisons; metrics with the same rows share the draws.

    Args:
        comparisons: what was planned on one axis.
        settings: the level, the most permutations, and the seed.
        num_tests: how many tests p-values will be corrected for.
    """
    found: dict[int, Contrasts] = {}
    for alike in _alike(comparisons):
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
            always_permute=first.always_permute,
        )
        found |= dict(zip(alike, results, strict=True))
    for index, comparison in enumerate(comparisons):
        yield _compared(comparison, found.get(index))


def _alike(comparisons: Sequence[PlannedComparison]) -> list[list[int]]:
    """The comparisons with something to compare, grouped by key."""
    by_key: dict[object, list[int]] = {}
    for index, comparison in enumerate(comparisons):
        if comparison.pairings.side_pairs:
            by_key.setdefault(comparison.key, []).append(index)
    return list(by_key.values())


def _compared(comparison: PlannedComparison, found: Contrasts | None) -> GroupComparison:
    pairings, shared, groups = comparison.pairings, comparison.shared, comparison.axis.groups
    totals = _Totals.of(comparison)

    def named(side: Sequence[int]) -> Group:
        return THE_REST if len(side) > 1 else groups[side[0]]

    return GroupComparison(
        comparison.axis,
        comparison.metric,
        tuple(_side(comparison, totals, index, named(side)) for index, side in enumerate(pairings.sides)),
        pairings.num_tested,
        pairings.side_pairs,
        found,
        comparison.untested,
        (None,) * len(pairings.side_pairs) if shared is None else shared.notes,
        {} if shared is None else {(named(a), named(b)): why for (a, b), why in shared.apart.items()},
    )


def _sizes(tally: Tally, metric: Metric, num_samples_P: Floats) -> Floats:
    """The samples ``[P]`` by which the subjects of a side are weighed for its degrees of freedom.

    For a metric of one class they are those of all classes, in whose proportion those of the class nearly are: the
    metrics of all classes then share their draws.
    """
    if metric.part is None:
        return num_samples_P
    whole = next((each for each in tally.metrics if each.part is None), metric)
    return np.maximum(whole.num_samples(tally.sums), num_samples_P)


def _untested(
    groups: Sequence[Group], group_R: Ints, least: int, support_GC: Ints | None, classes: Sequence[str]
) -> dict[int, str]:
    """Why groups are not tested: too few subjects, or too few in a class."""
    reasons = {}
    num_G = np.bincount(group_R, minlength=len(groups)).tolist()
    for index, group in enumerate(groups):
        if group.is_unknown:
            continue
        if num_G[index] < least:
            reasons[index] = f"{quantity(num_G[index], 'subject')}; at least {least} are needed"
        elif support_GC is not None and support_GC[index].min(initial=least) < least:
            rarest = int(support_GC[index].argmin())
            shown = quantity(int(support_GC[index, rarest]), "subject")
            reasons[index] = f"{shown} with {classes[rarest]}; at least {least} are needed"
    return reasons


def _design(comparison: PlannedComparison) -> Design:
    pairings, groups = comparison.pairings, np.arange(len(comparison.axis.groups))
    members_UG = np.array([np.isin(groups, side) for side in pairings.sides])
    weights_KU = np.zeros((len(pairings.side_pairs), len(pairings.sides)))
    for contrast, (left, right) in enumerate(pairings.side_pairs):
        weights_KU[contrast, left], weights_KU[contrast, right] = 1.0, -1.0
    family_K = np.repeat([0, 1], [len(pairings.between), len(pairings.against_rest)])
    return Design(members_UG, weights_KU, family_K - family_K.min())


@dataclass(frozen=True)
class _Totals:
    """Sums that all sides of a comparison share.

    Attributes:
        of_group: ``[G, *F]``, the statistics of each group.
        of_row: ``[P]``, the metric in each row.
    """

    of_group: Floats
    of_row: Floats

    @classmethod
    def of(cls, comparison: PlannedComparison) -> _Totals:
        tally, metric = comparison.tally, comparison.metric
        return cls(
            tally.summed(comparison.rows.label, len(comparison.axis.groups)).sums,
            metric.value(tally.sums),
        )


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
