"""The gaps of a system compared with those of a reference on the same samples: a difference of differences.

If human raters also do worse for a group, its samples or their labels may be harder. The relevant number is then
by how much the system's gap exceeds theirs: the gap of the system minus that of the raters, with the interval of
that difference. In the same way, the gap of a system under a condition minus its own gap on clean media says
whether the condition affects the groups unequally.

Shapes: R rows (a subject within one group, of one model), L labels, U sides, K contrasts, k statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies, by_group
from harness.measurement.compared_scale import method_of
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.measurement.groups.planned_comparison import pairings
from harness.measurement.groups.shared_strata import Pairings, over_shared_strata
from harness.measurement.metric_gates import OF_DIFFERENCE, num_carrying, size_bias
from harness.measurement.models.paired_intervals import (
    alike_distances,
    interval_of,
    lone_reach,
    tail_of,
)
from harness.measurement.models.shared_metrics import (
    ComparedModel,
    SharedMetric,
    compared_tallies,
    matched_tallies,
    shared_metrics,
)
from harness.measurement.models.stacked_models import Stacked, StackedGap
from harness.measurement.result_rows import RowFactory, Scope
from harness.progress import UNSEEN, Share
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.intervals import Distances, Interval, difference_distances
from harness.statistics.max_t import contrasts, values_per_draw
from harness.statistics.relabelling import PairedAmongSubjects
from harness.statistics.resampling import affordable_draws
from harness.statistics.sides import Additive, Rows
from harness.statistics.standardised import standardised
from harness.tables.results import Result
from harness.verdicts.judge import Judgement, NoChanceTest, Undecided, judge, not_tested


def gaps_less_reference(
    system: ComparedModel,
    reference: ComparedModel,
    axes: Sequence[Groups],
    factory: RowFactory,
    progress: Share = UNSEEN,
) -> Iterator[Result]:
    """Every gap of the system minus that of the reference, on every metric that both have.

    Args:
        system: the system under test.
        reference: human raters, or the system itself on clean media, with tallies of the same samples.
        axes: the groups of these samples; the tallies distinguish them.
        factory: makes the rows of the system versus the reference.
        progress: told of every metric on every axis.

    Yields:
        Rows with the statistic ``difference``, by axis, metric and gap: female versus male, old versus the rest.
        An axis with fewer than two groups of enough subjects gives none.
    """
    cells = system.counts.cells
    matched = matched_tallies([system, reference])
    for groups, share in zip(axes, progress.split(*(len(groups.groups) ** 2 for groups in axes)), strict=True):
        of_both = [by_group(compared_tallies(of_model, factory.settings), cells, groups) for of_model in matched]
        of_system = by_group(matched[0], cells, groups)
        num_metrics = sum(len(tally.metrics) for tally in of_both[0].tallies)
        for shared in share.each(shared_metrics([of_model.tallies for of_model in of_both]), num_metrics):
            yield from _GapLessReference(shared, of_system, (system.name, reference.name), factory).rows()


@dataclass(frozen=True)
class _GapLessReference:
    """One metric on one axis.

    Attributes:
        shared: the metric of both.
        grouped: the system's rows with all its metrics.
        names: of the system and the reference.
        factory: makes the rows.
    """

    shared: SharedMetric
    grouped: GroupTallies
    names: tuple[str, str]
    factory: RowFactory

    def rows(self) -> Iterator[Result]:
        """A row per gap."""
        stacked = self._stacked()
        tested = self._tested(stacked)
        if len(tested) < 2:
            return
        gaps, num_pairs, apart = self._gaps(stacked, tested)
        for (group, versus), reason in apart.items():
            yield self._untested(group, versus, reason)
        if not gaps:
            return
        found = self._contrasts(stacked, gaps, num_pairs)
        sides = [side for gap in gaps for side in (gap.left, gap.right)]
        settings = self.factory.settings
        chance = BetterThanChance(self.grouped, settings.level, settings.min_above_chance)
        above_U = chance.of(self.shared.metric, sides)
        for index, gap in enumerate(gaps):
            correct = None if above_U is None else (above_U[2 * index], above_U[2 * index + 1])
            yield self._row(stacked, gap, found, index, correct)

    def _stacked(self) -> Stacked:
        """The subjects within groups that both models have, without the unknown group."""
        shared = self.shared
        both_R = np.isin(
            shared.position, np.intersect1d(*(shared.position[shared.model == model] for model in (0, 1)))
        )
        named_G = np.array([not group.is_unknown for group in self.grouped.groups])
        chosen = both_R & named_G[self.grouped.group[shared.position]]
        position_R = shared.position[chosen]
        return Stacked(
            np.unique(self.grouped.subject[position_R], return_inverse=True)[1],
            self.grouped.group[position_R],
            shared.model[chosen],
            shared.statistics.statistics[chosen],
            shared.num_samples[chosen],
            shared.num_unscored[chosen],
        )

    def _tested(self, stacked: Stacked) -> list[int]:
        num_G = np.bincount(stacked.group[stacked.model == 0], minlength=len(self.grouped.groups))
        return np.flatnonzero(num_G >= self.factory.settings.min_subjects).tolist()

    def _gaps(
        self, stacked: Stacked, tested: Sequence[int]
    ) -> tuple[list[StackedGap], int, dict[tuple[Group, Group], str]]:
        """All pairs of tested groups, then each group and the rest (if more than two).

        Returns:
            The gaps, how many of them are between groups, and those that have no strata in common, and why.
        """
        planned = Pairings(*pairings(tested, np.unique(stacked.group).tolist()), len(tested))
        strata, shared = self.shared.metric.strata, None
        if strata is not None:
            of_system = stacked.model == 0  # the reference has the same samples
            subject_R, group_R = stacked.subject[of_system], stacked.group[of_system]
            planned, shared = over_shared_strata(
                planned,
                Rows(subject_R, group_R, int(subject_R.max()) + 1, len(self.grouped.groups)),
                strata,
                strata.split(stacked.statistics[of_system]),
                self.factory.settings.min_subjects,
                self.grouped.axis.names,
            )
        gaps = []
        for contrast, (left, right) in enumerate(planned.side_pairs):
            of_left, of_right = planned.sides[left], planned.sides[right]
            kept, note = (None, None) if shared is None else (shared.kept[left], shared.notes[contrast])
            gaps.append(StackedGap(self._named(of_left), self._named(of_right), of_left, of_right, kept, note))
        apart = (
            {} if shared is None else {(self._named(a), self._named(b)): w for (a, b), w in shared.apart.items()}
        )
        return gaps, len(planned.between), apart

    def _named(self, side: tuple[int, ...]) -> Group:
        return THE_REST if len(side) > 1 else self.grouped.groups[side[0]]

    def _contrasts(self, stacked: Stacked, gaps: Sequence[StackedGap], num_pairs: int) -> Contrasts:
        """Four sides per gap: left and right of the system, then of the reference."""
        num_groups, settings = len(self.grouped.groups), self.factory.settings
        label_R = 2 * stacked.group + stacked.model
        sides_UL = np.zeros((4 * len(gaps), 2 * num_groups), dtype=np.bool_)
        for index, gap in enumerate(gaps):
            for model in (0, 1):
                sides_UL[4 * index + 2 * model, [2 * g + model for g in gap.left]] = True
                sides_UL[4 * index + 2 * model + 1, [2 * g + model for g in gap.right]] = True
        weights_KU = np.kron(np.eye(len(gaps)), np.array([[1.0, -1.0, -1.0, 1.0]])).astype(np.float64)
        family_K = (np.arange(len(gaps)) >= num_pairs).astype(np.int64)
        design = Design(sides_UL, weights_KU, family_K - family_K.min())
        return contrasts(
            self._additive(stacked, gaps),
            Rows(stacked.subject, label_R, int(stacked.subject.max()) + 1, 2 * num_groups, stacked.num_samples),
            design,
            PairedAmongSubjects(stacked.subject, label_R),
            draws=affordable_draws(settings.permutations, values_per_draw(design, len(label_R))),
            seed=settings.seed,
        )

    def _additive(self, stacked: Stacked, gaps: Sequence[StackedGap]) -> Additive:
        """The metric on the four sides of each gap."""
        strata = self.shared.metric.strata
        if strata is None:
            return replace(self.shared.statistics, statistics=stacked.statistics)
        shares_UH = np.repeat(strata.shares(np.array([gap.kept for gap in gaps])), 4, axis=0)
        return standardised(
            strata.split(stacked.statistics),
            shares_UH,
            strata.value,
            strata.gradient,
            self.shared.statistics.within,
        )

    def _untested(self, group: Group, versus: Group, reason: str) -> Result:
        return self.factory.result(
            Scope.on(self.grouped.axis, group, versus),
            metric=self.shared.metric.name,
            statistic="difference",
            value=None,
            n_samples=0,
            n_subjects=0,
            n_unscored=0,
            threshold=self.factory.settings.tolerated(self.shared.metric.name),
            judgement=not_tested(reason),
        )

    def _row(
        self, stacked: Stacked, gap: StackedGap, found: Contrasts, index: int, correct: tuple[bool, bool] | None
    ) -> Result:
        metric, settings = self.shared.metric, self.factory.settings
        of_system = (stacked.model == 0) & np.isin(stacked.group, (*gap.left, *gap.right))
        smallest = min(
            stacked.counts(gap, of_system & np.isin(stacked.group, side), metric.strata)[2]
            for side in (gap.left, gap.right)
        )
        widest = 2 * (metric.high - metric.low)
        interval = interval_of(
            found,
            index,
            widest=widest,
            num_subjects=smallest,
            level=settings.level,
            lone=self._lone_reach(stacked, gap, found, index),
        )
        null_lo, null_hi = found.null_ranges[index]
        left_s, right_s, left_r, right_r = found.sides[4 * index : 4 * index + 4].tolist()
        num_samples, num_unscored, num_subjects = stacked.counts(gap, of_system, metric.strata)
        gaps = f"gap of {self.names[0]} {left_s - right_s:+.3f}, of {self.names[1]} {left_r - right_r:+.3f}"
        return self.factory.result(
            Scope.on(self.grouped.axis, gap.group, gap.versus),
            metric=metric.name,
            statistic="difference",
            value=float(found.value[index]),
            lo=interval.lo,
            hi=interval.hi,
            level=None if interval.lo is None else settings.level,
            method=method_of(interval.method, metric),
            n_samples=num_samples,
            n_subjects=num_subjects,
            n_unscored=num_unscored,
            own_value=left_s - right_s,
            versus_value=left_r - right_r,
            p=float(found.p[index]),
            null_lo=null_lo,
            null_hi=null_hi,
            threshold=settings.tolerated(metric.name),
            judgement=self._judged(stacked, gap, found, index, interval, correct, num_subjects),
            note="; ".join(note for note in (gaps, gap.note) if note),
        )

    def _judged(
        self,
        stacked: Stacked,
        gap: StackedGap,
        found: Contrasts,
        index: int,
        interval: Interval,
        correct: tuple[bool, bool] | None,
        num_subjects: int,
    ) -> Judgement:
        metric = self.shared.metric
        named = [(gap.group.name, gap.left), (gap.versus.name, gap.right)]
        sizes = [
            int(stacked.num_samples[(stacked.model == model) & np.isin(stacked.group, groups)].sum())
            for model in (0, 1)
            for _, groups in named
        ]
        above = (
            None if correct is None else [(name, is_so) for (name, _), is_so in zip(named, correct, strict=True)]
        )
        return judge(
            value=float(found.value[index]),
            interval=interval.bounds or str(interval.reason),
            tolerance=self.factory.settings.tolerated(metric.name),
            too_few=None,  # such groups are not compared at all
            above_chance=NoChanceTest.UNKNOWN if above is None else above,
            min_above_chance=self.factory.settings.min_above_chance,
            size_bias=size_bias(metric, sizes),
            over_report=None,
            shrunk=self._shrunk(found, index, above or []),
            undecided=Undecided(
                num_subjects, "subjects in both groups together", alike_distances(found.value[index], interval)
            ),
        )

    def _shrunk(self, found: Contrasts, index: int, above: Sequence[tuple[str, bool]]) -> str | None:
        """Why a gap is smaller than on clean media although nothing became fairer; None if that is not so."""
        left, right, left_clean, right_clean = found.sides[4 * index : 4 * index + 4].tolist()
        failing = [name for name, is_so in above if not is_so]
        if (
            self.factory.versus_condition is None
            or not failing
            or abs(left - right) >= abs(left_clean - right_clean)
        ):
            return None
        return (
            f"smaller than on {self.names[1]} media, but not better than chance for {' and '.join(failing)}: gaps "
            "shrink where everyone fails"
        )

    def _lone_reach(self, stacked: Stacked, gap: StackedGap, found: Contrasts, index: int) -> Distances:
        """The exact bounds of both groups, the system minus the reference, combined as independent ones."""
        left_s, right_s, left_r, right_r = found.sides[4 * index : 4 * index + 4].tolist()
        tail = tail_of(found, self.factory.settings.level)
        left, right = (
            lone_reach(value, self._num_carrying(stacked, groups), stacked.num_subjects(groups), tail)
            for value, groups in ((left_s - left_r, gap.left), (right_s - right_r, gap.right))
        )
        return difference_distances(left, right)

    def _num_carrying(self, stacked: Stacked, groups: tuple[int, ...]) -> int | None:
        """How many subjects in these groups contribute to the variation of the metric, system minus reference."""
        of_both = [np.isin(stacked.group, groups) & (stacked.model == model) for model in (0, 1)]
        own, other = (self.shared.statistics.value(stacked.statistics[rows]) for rows in of_both)
        return num_carrying(self.shared.metric, own - other, stacked.subject[of_both[0]], OF_DIFFERENCE)
