"""Which groups of an axis are compared on one metric, with which others, and over which rows.

Shapes: P rows of a tally (a subject within one group), R those with samples for the metric, G groups, U sides, K
contrasts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from zlib import crc32

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies
from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.shared_strata import Pairings, SharedStrata, members_of, over_shared_strata
from harness.metrics.strata import Strata
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import distinct, renumbered
from harness.statistics.intervals import Range
from harness.statistics.max_t import MANY_SUBJECTS
from harness.statistics.sides import Additive, Rows
from harness.wording import quantity

MANY_ROWS = 5_000
PERMUTED_COST = 30.0


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

    @cached_property
    def is_permuted(self) -> bool:
        """Whether it is permuted: always, or because some side has few subjects."""
        return self.always_permute or any(
            len(distinct(self.rows.subject[self._rows_in(side)])) < MANY_SUBJECTS
            for side in range(len(self.pairings.sides))
        )

    @property
    def cost(self) -> float:
        """What it costs in comparison with others: permutations cost much more than draws from Student's t."""
        return len(self.pairings.sides) * (PERMUTED_COST if self.is_permuted else 1.0)

    @cached_property
    def members(self) -> Bools:
        """Which groups each side is made of, ``[U, G]``."""
        return members_of(self.pairings.sides, len(self.axis.groups))

    def _rows_in(self, side: int) -> Ints:
        """The rows in the groups of a side."""
        return np.flatnonzero(self.members[side][self.rows.label])

    @property
    def key(self) -> tuple[object, ...]:
        """Metrics with the same key can share the draws."""
        rows = (self.rows.subject, self.rows.label, self.rows.size)
        columns = rows if self.stratum is None else (*rows, self.stratum)
        return tuple(column.tobytes() for column in columns), self.pairings, self.is_permuted

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
        members = self._rows_in(side)
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
