"""Gaps at equal quality by matching: a sample of one group with one of the other that is alike in all measures.

Pairs have the same label and nearly the same propensity: the odds of a sample to be of the one group, given all of
its grades. Who is matched is taken as given. The interval is over subjects, as if those of both groups were
independent, which makes it somewhat too wide where pairs are alike.

Shapes: N samples, n of the two sides, R rows (a subject on one side), Q measures, C classes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.groups.planned_comparison import pairings
from harness.measurement.quality.gaps_two_ways import TwoWays, gaps_two_ways
from harness.measurement.quality.graded_samples import GradedSamples
from harness.measurement.quality.two_ways_rows import two_ways_rows
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.categorical import ACCURACY, UNSCORED
from harness.metrics.tally import FractionGradient, ratio
from harness.statistics.codes import renumbered
from harness.statistics.matching import CALIPER_SD, largest_imbalance, nearest_pairs, propensity_logit
from harness.statistics.sides import Additive, Rows
from harness.statistics.subject_means import SHARE
from harness.tables.quality_columns import NOT_MEASURED
from harness.tables.results import Result
from harness.verdicts.judge import not_tested
from harness.wording import quantity

KIND = "matched_quality"
ALL_MEASURES = "all measures"
IMBALANCE = "largest_imbalance"
MAX_MATCHED = 100_000
"""Samples of two groups; of more, so many are drawn."""


def matched_quality_rows(factory: RowFactory, graded: GradedSamples) -> Iterator[Result]:
    """The gap in accuracy of every pair of tested groups on every axis."""
    grade_NQ = np.column_stack([*graded.grade.values()]).astype(np.float64)
    measured_N = (grade_NQ != NOT_MEASURED).all(axis=1)
    least = factory.settings.min_subjects
    for groups in graded.axes:
        known = [index for index, group in enumerate(groups.groups) if not group.is_unknown]
        occurring = [index for index in known if (groups.index == index).any()]
        tested = [i for i in occurring if len(np.unique(graded.subject[groups.index == i])) >= least]
        sides, between, against_rest = pairings(tested, occurring)
        for left, right in (*between, *(against_rest if between else ())):
            scope = Scope.on(groups, _named(groups, sides[left]), _named(groups, sides[right]))
            side_N = np.select(
                [np.isin(groups.index, sides[left]), np.isin(groups.index, sides[right])], [0, 1], -1
            )
            yield from _Pair(factory, graded, grade_NQ, measured_N, side_N, scope).rows()


def _named(groups: Groups, side: tuple[int, ...]) -> Group:
    return THE_REST if len(side) > 1 else groups.groups[side[0]]


@dataclass(frozen=True)
class _Pair:
    """Two groups.

    Attributes:
        factory: makes the rows.
        graded: the samples.
        grade: ``[N, Q]``.
        measured: ``[N]``, whether every measure of a sample is known.
        side: ``[N]``, 0 left, 1 right, -1 neither.
        scope: the axis and the two groups.
    """

    factory: RowFactory
    graded: GradedSamples
    grade: Floats
    measured: Bools
    side: Ints
    scope: Scope

    def rows(self) -> Iterator[Result]:
        """The rows of the pair."""
        columns: dict[str, Any] = {"kind": KIND, "other_axis": ALL_MEASURES, "metric": ACCURACY.base}
        chosen, matched = self._matched()
        subjects = [np.unique(self.graded.subject[matched[self.side[matched] == side]]) for side in (0, 1)]
        least = self.factory.settings.min_subjects
        if min(map(len, subjects)) < least:
            few = quantity(min(map(len, subjects)), "subject")
            yield self.factory.result(
                self.scope,
                **columns,
                statistic="difference",
                value=None,
                n_samples=0,
                n_subjects=0,
                n_unscored=0,
                judgement=not_tested(f"{few} with a match on one side; at least {least} are needed"),
            )
            return
        columns |= {
            "n_samples": len(matched),
            "n_subjects": len(np.unique(np.concatenate(subjects))),
            "n_unscored": int((self.graded.answer[matched] == UNSCORED).sum()),
        }
        left, right = (self.grade[matched[self.side[matched] == side]] for side in (0, 1))
        (gap,) = self._gaps(matched)
        note = f"matched one to one within class, propensity within {CALIPER_SD:g} SD"
        support = len(matched) / int((self.side >= 0).sum())
        yield from two_ways_rows(self.factory, self.scope, gap, columns, support=support, note=note)
        before = (self.grade[chosen[self.side[chosen] == side]] for side in (0, 1))
        yield self.factory.result(
            self.scope,
            **columns,
            statistic="index",
            index=IMBALANCE,
            value=largest_imbalance(left, right),
            versus_value=largest_imbalance(*before),
            note="after matching; versus_value: before",
        )

    def _matched(self) -> tuple[Ints, Ints]:
        """The samples that could be matched, and those that were."""
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.factory.settings.seed)))
        chosen = np.flatnonzero((self.side >= 0) & self.measured)
        if len(chosen) > MAX_MATCHED:
            chosen = np.sort(rng.choice(chosen, MAX_MATCHED, replace=False))
        if len(np.unique(self.side[chosen])) < 2:
            return chosen, chosen[:0]
        logit_n = propensity_logit(self.grade[chosen], self.side[chosen] == 0)
        variances = [float(logit_n[self.side[chosen] == side].var()) for side in (0, 1)]
        caliper, pairs = CALIPER_SD * math.sqrt(sum(variances) / 2.0), [chosen[:0]]
        for label in range(len(self.graded.classes)):
            of_label = self.graded.truth[chosen] == label
            left, right = (np.flatnonzero(of_label & (self.side[chosen] == side)) for side in (0, 1))
            from_left, from_right = nearest_pairs(logit_n[left], logit_n[right], caliper, rng)
            pairs += [chosen[left[from_left]], chosen[right[from_right]]]
        return chosen, np.concatenate(pairs)

    def _gaps(self, matched: Ints) -> list[TwoWays]:
        """As the groups are over all of their samples, and over those that were matched."""
        two = np.flatnonzero(self.side >= 0)
        code_R, row_n = renumbered(self.graded.subject[two] * 2 + self.side[two])
        is_matched = np.isin(two, matched)
        right = self.graded.is_right[two].astype(np.float64)
        of_all, of_matched = (
            np.column_stack(
                [np.bincount(row_n, of * each, minlength=len(code_R)) for of in (right, np.ones(len(two)))]
            ).astype(np.float64)
            for each in (np.ones(len(two)), is_matched)
        )
        subject_R = renumbered(code_R // 2)[1]
        rows = Rows(subject_R, code_R % 2, int(subject_R.max()) + 1, 2, of_all[:, 1])
        raw, equal = (
            Additive(each, _share, FractionGradient([1, 0], [0, 1]), SHARE) for each in (of_all, of_matched)
        )
        return gaps_two_ways(raw, equal, rows, [((0,), (1,))], [0], self.factory.settings)


def _share(sums_2: Floats) -> Floats:
    return ratio(sums_2[..., 0], sums_2[..., 1])
