"""Gaps at equal quality by stratification: both groups with the same mix of fifths of one measure of quality.

Five strata remove nine tenths of the difference that a confounder of a regular distribution makes (Cochran 1968,
doi:10.2307/2528036). Samples whose quality could not be measured are a stratum of their own.

Shapes: N samples, R rows (a subject within one group), H strata, C classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.cells import GroupTallies
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.planned_comparison import PlannedComparison, plan_comparison
from harness.measurement.levels import class_support
from harness.measurement.quality.gaps_two_ways import NUM_SIDES, TwoWays, gaps_two_ways
from harness.measurement.quality.graded_samples import GradedSamples
from harness.measurement.quality.two_ways_rows import two_ways_rows
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.categorical import categorical
from harness.metrics.strata import InStrata, Strata
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import renumbered
from harness.statistics.intervals import Range
from harness.statistics.sides import Additive
from harness.tables.quality_columns import NUM_GRADES
from harness.tables.results import Result
from harness.verdicts.judge import not_tested

KIND = "equal_quality"
NUM_STRATA = 5
NAMES = ("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth", "not measured")


def equal_quality_rows(factory: RowFactory, graded: GradedSamples) -> Iterator[Result]:
    """Every gap on every axis, for each measure of quality and each metric of answers that the plan compares."""
    for groups in graded.axes:
        for measure, grade_N in graded.grade.items():
            yield from _rows(factory, graded, groups, measure, grade_N)


def _rows(
    factory: RowFactory, graded: GradedSamples, groups: Groups, measure: str, grade_N: Ints
) -> Iterator[Result]:
    num_groups, num_strata = len(groups.groups), len(NAMES)
    stratum_N = np.where(grade_N > 0, (grade_N - 1) * NUM_STRATA // NUM_GRADES, NUM_STRATA)
    code_R, row_N = renumbered(graded.subject * num_groups + groups.index)
    cells = _tally(graded, row_N * num_strata + stratum_N, len(code_R) * num_strata)
    sums_RHC4 = cells.sums.reshape(len(code_R), num_strata, *cells.sums.shape[1:])
    tally = Tally(sums_RHC4.sum(1), cells.metrics)
    grouped = GroupTallies([tally], code_R // num_groups, code_R % num_groups, groups)
    support_GC = class_support(grouped, len(graded.classes))
    for metric in tally.metrics:
        if not factory.settings.compares(metric.name):
            continue
        additive = flattened_statistics(Tally(sums_RHC4.reshape(-1, *tally.sums.shape[1:]), ()), metric)
        planned = plan_comparison(
            grouped,
            tally,
            metric,
            factory.settings.min_subjects,
            support_GC if metric.facts.mean_over_classes else None,
            graded.classes,
            _strata(additive, sums_RHC4, metric, measure),
        )
        yield from _metric_rows(factory, groups, measure, planned)


def _tally(graded: GradedSamples, row_N: Ints, num_rows: int) -> Tally:
    return categorical(
        row_N, graded.truth, graded.answer, num_rows=num_rows, classes=graded.classes, per_class=False
    )


def _strata(additive: Additive, sums_RHC4: Floats, metric: Metric, measure: str) -> Strata:
    num_rows, num_strata = sums_RHC4.shape[:2]
    statistics_RHk = additive.statistics.reshape(num_rows, num_strata, -1)
    sizes_RH, unscored_RH = metric.num_samples(sums_RHC4), metric.num_unscored(sums_RHC4)
    split = InStrata(sizes_RH, unscored_RH, statistics_RHk)
    return Strata(
        split=lambda _: split,
        noun=f"parts by {measure}",
        names=NAMES,
        weights=sizes_RH.sum(0),
        value=partial(_value, additive=additive),
        gradient=partial(_gradient, additive=additive),
    )


def _value(scaled_Hk: Floats, additive: Additive) -> Floats:
    return additive.value(scaled_Hk.sum(-2))


def _gradient(scaled_Hk: Floats, additive: Additive) -> Floats:
    derived_k = additive.derived(scaled_Hk.sum(-2))
    return np.broadcast_to(derived_k[..., None, :], scaled_Hk.shape)


def _metric_rows(
    factory: RowFactory, groups: Groups, measure: str, planned: PlannedComparison
) -> Iterator[Result]:
    shared = planned.shared
    assert shared is not None
    columns = {"kind": KIND, "other_axis": measure, "metric": planned.metric.name}

    def named(side: tuple[int, ...]) -> Group:
        return THE_REST if len(side) > 1 else groups.groups[side[0]]

    for (of_left, of_right), reason in shared.apart.items():
        yield factory.result(
            Scope.on(groups, named(of_left), named(of_right)),
            **columns,
            statistic="difference",
            value=None,
            n_samples=0,
            n_subjects=0,
            n_unscored=0,
            judgement=not_tested(reason),
        )
    gaps = _gaps(factory, planned)
    for place, ((left, right), gap) in enumerate(zip(planned.pairings.side_pairs, gaps, strict=True)):
        members = np.concatenate([planned.rows_of(side) for side in (left, right)])
        counts = [shared.counts(planned.rows_of(side), side) for side in (left, right)]
        num_all = sum(float(shared.split.sizes[_members(planned, side)].sum()) for side in (left, right))
        num_samples = sum(num for num, _ in counts)
        yield from two_ways_rows(
            factory,
            Scope.on(groups, named(planned.pairings.sides[left]), named(planned.pairings.sides[right])),
            gap,
            columns
            | {
                "n_samples": num_samples,
                "n_subjects": len(np.unique(planned.rows.subject[members])),
                "n_unscored": sum(num for _, num in counts),
            },
            support=num_samples / num_all,
            note=shared.notes[place],
        )


def _members(planned: PlannedComparison, side: int) -> Ints:
    return np.flatnonzero(np.isin(planned.rows.label, planned.pairings.sides[side]))


def _gaps(factory: RowFactory, planned: PlannedComparison) -> list[TwoWays]:
    """As they are over all strata, and standardised to one mix of those that both sides have."""
    pairings, shared = planned.pairings, planned.shared
    assert shared is not None
    if not pairings.side_pairs:
        return []
    kept_UH = np.array([shared.kept[side] for pair in pairings.side_pairs for side in (*pair, *pair)])
    assert len(kept_UH) == NUM_SIDES * len(pairings.side_pairs)
    at_equal = replace(shared, kept=kept_UH)
    return gaps_two_ways(
        flattened_statistics(planned.tally, planned.metric),
        at_equal.additive(Range(planned.metric.low, planned.metric.high)),
        planned.rows,
        [(pairings.sides[left], pairings.sides[right]) for left, right in pairings.side_pairs],
        [0] * len(pairings.between) + [1] * len(pairings.against_rest),
        factory.settings,
    )
