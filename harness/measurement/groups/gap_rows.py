"""Differences between groups as rows of the results: gaps with their verdicts, and indices."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.attributes.group import THE_REST
from harness.measurement.compared_scale import method_of
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.measurement.groups.corrected_gaps import GapTests
from harness.measurement.groups.exact_sides import alike_reaches, lone_notes
from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.groups.mixture_notes import with_mixture_notes
from harness.measurement.groups.pair_rows import pair_block
from harness.measurement.groups.ratio_rows import ratio_rows
from harness.measurement.groups.shared_strata import Pair
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.measurement.metric_gates import is_rate, size_bias
from harness.measurement.result_rows import RowFactory, Scope
from harness.statistics.indices import indices
from harness.statistics.intervals import MIN_DEFINED
from harness.tables.results import Result, ResultBlock
from harness.verdicts.judge import Judgement, NoChanceTest, OverReport, SizeBias, Undecided, judge, not_tested
from harness.wording import joined

WHOSE = "subjects in both groups together"
"""Whose number is told that would decide a difference."""


@dataclass(frozen=True)
class Beside:
    """A comparison with the same mix on both sides, which stands beside that of the groups as they are.

    Attributes:
        kind: of its rows in the results.
        other_axis: the axis whose groups are mixed alike; None if it is the classes.
        compared: the comparison.
        tests: the p-values of its differences; None if nothing could be compared.
    """

    kind: str
    other_axis: str | None
    compared: GroupComparison
    tests: GapTests | None


def gap_rows(
    factory: RowFactory,
    compared: GroupComparison,
    chance: BetterThanChance,
    tests: GapTests | None,
    besides: Sequence[Beside] = (),
) -> Iterator[Result | ResultBlock]:
    """The rows of one metric on one axis.

    Args:
        factory: makes the rows.
        compared: the comparison.
        chance: which sides on the axis are better than chance.
        tests: the p-values of its differences; None if fewer than two groups could be compared.
        besides: the same groups with the same mix on both sides.
    """
    yield from _untested_rows(factory, compared)
    if tests is None:
        return
    bounds = simultaneous_bounds(compared, factory.settings.level)
    differences = _differences(factory, compared, bounds, tests, chance)
    same_mix = [list(_beside_rows(factory, compared, beside, chance)) for beside in besides]
    yield with_mixture_notes(differences, [beside.other_axis for beside in besides], same_mix)
    for rows in same_mix:
        yield from rows
    yield from ratio_rows(factory, compared)
    if not compared.num_tested:
        return
    yield from _indices(factory, compared, bounds)
    yield from _global_tests(factory, compared, tests)


def _size_bias(compared: GroupComparison, sides: Sequence[int]) -> SizeBias | None:
    """The samples of some sides, if the metric's bias depends on their number."""
    return size_bias(compared.metric, [compared.sides[side].num_samples for side in sides])


def _untested_rows(factory: RowFactory, compared: GroupComparison, **columns: Any) -> Iterator[Result]:
    """The groups that are compared with nobody, and those that have nothing in common with some other."""
    groups = compared.axis.groups
    alone = {(groups[index], THE_REST): reason for index, reason in compared.untested.items()}
    for (group, versus), reason in (alone | dict(compared.apart)).items():
        yield factory.result(
            Scope.on(compared.axis, group, versus),
            **columns,
            metric=compared.metric.name,
            statistic="difference",
            value=None,
            n_samples=0,
            n_subjects=0,
            n_unscored=0,
            threshold=factory.settings.tolerated(compared.metric.name),
            judgement=not_tested(reason),
        )


def _beside_rows(
    factory: RowFactory, compared: GroupComparison, beside: Beside, chance: BetterThanChance
) -> Iterator[Result | ResultBlock]:
    """The differences with the same mixture on both sides, of the groups that are compared as they are."""
    columns = {"kind": beside.kind, "other_axis": beside.other_axis}
    others = beside.compared
    untested = {index: why for index, why in others.untested.items() if index not in compared.untested}
    yield from _untested_rows(factory, replace(others, untested=untested), **columns)
    if beside.tests is not None:
        bounds = simultaneous_bounds(others, factory.settings.level)
        yield _differences(factory, others, bounds, beside.tests, chance, **columns)


def _differences(
    factory: RowFactory,
    compared: GroupComparison,
    bounds: tuple[Floats, Floats],
    tests: GapTests,
    chance: BetterThanChance,
    **shared: Any,
) -> ResultBlock:
    """The differences between groups, with their verdicts."""
    found, level = compared.found, factory.settings.level
    assert found is not None
    left_K, right_K = np.array(compared.side_pairs, dtype=np.int64).T
    intervals = list(_intervals(compared, bounds))
    known = [None if isinstance(interval, str) else interval for interval in intervals]
    method = method_of(found.method, compared.metric)
    columns: dict[str, Sequence[Any]] = {
        "value": found.value.tolist(),
        "lo": [each and each[0] for each in known],
        "hi": [each and each[1] for each in known],
        "level": [each and level for each in known],
        "method": [each and method for each in known],
        "own_value": found.sides[left_K].tolist(),
        "versus_value": found.sides[right_K].tolist(),
        "p": tests.p.tolist(),
        "p_corrected": tests.p_corrected.tolist(),
        "null_lo": [lo for lo, _ in found.null_ranges],
        "null_hi": [hi for _, hi in found.null_ranges],
        "judgement": _judgements(factory, compared, intervals, tests, chance),
        "note": [
            joined((note, lone if each else None))
            for note, lone, each in zip(compared.notes, lone_notes(compared), known, strict=True)
        ],
    }
    tolerance = factory.settings.tolerated(compared.metric.name)
    return pair_block(
        factory, compared, compared.side_pairs, columns, statistic="difference", threshold=tolerance, **shared
    )


def _judgements(
    factory: RowFactory,
    compared: GroupComparison,
    intervals: Sequence[tuple[float, float] | str],
    tests: GapTests,
    chance: BetterThanChance,
) -> list[Judgement]:
    """What is judged of every difference."""
    assert compared.found is not None
    settings = factory.settings
    tolerance = settings.tolerated(compared.metric.name)
    correct = chance.of(compared.metric, [side.groups for side in compared.sides])
    return [
        judge(
            value=value,
            interval=interval,
            tolerance=tolerance,
            too_few=None,  # such groups are not compared at all
            above_chance=_above_chance(compared, pair, correct),
            min_above_chance=settings.min_above_chance,
            size_bias=_size_bias(compared, pair),
            over_report=OverReport(p_corrected, settings.level, tests.num_tests),
            shrunk=None,
            undecided=Undecided(compared.num_subjects(pair), WHOSE, reach),
        )
        for pair, value, interval, p_corrected, reach in zip(
            compared.side_pairs,
            compared.found.value.tolist(),
            intervals,
            tests.p_corrected.tolist(),
            alike_reaches(compared, settings.level),
            strict=True,
        )
    ]


def _intervals(compared: GroupComparison, bounds: tuple[Floats, Floats]) -> Iterator[tuple[float, float] | str]:
    """The bounds of each difference, or the reason why there are none."""
    found = compared.found
    assert found is not None
    defined_K = (found.defined >= MIN_DEFINED) & np.isfinite(found.value)
    bounded_K = np.isfinite(bounds).all(axis=0)
    for defined, bounded, lo, hi in zip(*(each.tolist() for each in (defined_K, bounded_K, *bounds)), strict=True):
        if not defined:
            yield "undefined in too many permutations: too few subjects"
        elif not bounded:
            yield "all subjects of a group alike, on a metric without a largest value: no interval"
        else:
            yield lo, hi


def _above_chance(
    compared: GroupComparison, sides: Pair, correct: Sequence[bool] | None
) -> list[tuple[str, bool]] | NoChanceTest:
    if correct is None:
        return NoChanceTest.UNKNOWN
    return [(compared.sides[side].group.name, correct[side]) for side in sides]


def _indices(factory: RowFactory, compared: GroupComparison, bounds: tuple[Floats, Floats]) -> Iterator[Result]:
    found, num = compared.found, compared.num_tested
    assert found is not None
    metric = compared.metric
    scope, about = Scope.on(compared.axis), _about(compared, range(num))
    lo_K, hi_K = bounds
    on_same_footing = all(max(compared.side_pairs[contrast]) < num for contrast in compared.between)
    widest = float(np.maximum(np.abs(lo_K), np.abs(hi_K))[compared.between].max())
    certain = float(np.maximum(np.maximum(lo_K, -hi_K), 0.0)[compared.between].max())
    for index in indices(
        found.sides[:num],
        found.side_errors[:num],
        found.null_sides[:, :num],
        found.null_errors[:, :num],
        rate=is_rate(metric),
    ):
        bounded = index.name == "max_min_difference" and on_same_footing and math.isfinite(widest)
        yield factory.result(
            scope,
            **about,
            statistic="index",
            index=index.name,
            value=index.value,
            lo=certain if bounded else None,
            hi=widest if bounded else None,
            level=factory.settings.level if bounded else None,
            method=method_of(found.method, metric) if bounded else None,
            null_mean=index.null_mean,
            null_lo=index.null_lo,
            null_hi=index.null_hi,
        )


def _global_tests(factory: RowFactory, compared: GroupComparison, tests: GapTests) -> Iterator[Result]:
    """The tests that no two groups differ; without a value if the metric is not comparable between their sizes."""
    scope, about = Scope.on(compared.axis), _about(compared, range(compared.num_tested))
    bias = _size_bias(compared, range(compared.num_tested))
    for name, p_K in (("global_test_p", tests.p), ("global_test_p_corrected", tests.p_corrected)):
        value = float("nan") if bias is not None and bias.matters else float(np.fmin.reduce(p_K[compared.between]))
        yield factory.result(scope, **about, statistic="index", index=name, value=value)


def _about(compared: GroupComparison, sides: Sequence[int] | range) -> dict[str, Any]:
    """The columns of a row about some of the sides: the metric, and the samples and subjects behind it."""
    chosen = [compared.sides[side] for side in sides]
    return {
        "metric": compared.metric.name,
        "n_samples": sum([side.num_samples for side in chosen]),
        "n_subjects": compared.num_subjects(sides),
        "n_unscored": sum([side.num_unscored for side in chosen]),
    }
