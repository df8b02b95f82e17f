"""Differences between groups as rows of the results: gaps with their verdicts, ratios and indices."""

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
from harness.measurement.groups.mixture_notes import mixture_note, sides_of
from harness.measurement.groups.shared_strata import Pair
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.measurement.metric_gates import is_rate, size_bias
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.tally import ratio
from harness.statistics.indices import RESOLUTION, indices
from harness.statistics.intervals import MIN_DEFINED
from harness.tables.results import Result
from harness.verdicts.judge import NoChanceTest, OverReport, SizeBias, Undecided, judge, not_tested
from harness.wording import joined

WHOSE = "subjects in both groups together"
"""Whose number is told that would decide a difference."""

NO_RATIO = "not defined: the value to divide by is not clear of zero"


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
) -> Iterator[Result]:
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
    rows_of = [
        (beside, {sides_of(row): row for row in _beside_rows(factory, compared, beside, chance)})
        for beside in besides
    ]
    for row in _differences(factory, compared, bounds, tests, chance):
        notes = [mixture_note(row, beside.other_axis, rows) for beside, rows in rows_of]
        yield replace(row, note=joined([row.note, *notes])) if any(notes) else row
    for _, rows in rows_of:
        yield from rows.values()
    yield from _ratios(factory, compared)
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
) -> Iterator[Result]:
    """The differences with the same mixture on both sides, of the groups that are compared as they are."""
    columns = {"kind": beside.kind, "other_axis": beside.other_axis}
    others = beside.compared
    untested = {index: why for index, why in others.untested.items() if index not in compared.untested}
    yield from _untested_rows(factory, replace(others, untested=untested), **columns)
    if beside.tests is not None:
        bounds = simultaneous_bounds(others, factory.settings.level)
        yield from _differences(factory, others, bounds, beside.tests, chance, **columns)


def _differences(
    factory: RowFactory,
    compared: GroupComparison,
    bounds: tuple[Floats, Floats],
    tests: GapTests,
    chance: BetterThanChance,
    **columns: Any,
) -> Iterator[Result]:
    found, settings = compared.found, factory.settings
    assert found is not None
    correct = chance.of(compared.metric, [side.groups for side in compared.sides])
    tolerance, method = settings.tolerated(compared.metric.name), method_of(found.method, compared.metric)
    side_U, intervals = found.sides.tolist(), _intervals(compared, bounds)
    for (left, right), value, interval, (null_lo, null_hi), p, p_corrected, reach, note, lone in zip(
        compared.side_pairs,
        found.value.tolist(),
        intervals,
        found.null_ranges,
        tests.p.tolist(),
        tests.p_corrected.tolist(),
        alike_reaches(compared, settings.level),
        compared.notes,
        lone_notes(compared),
        strict=True,
    ):
        lo, hi = (None, None) if isinstance(interval, str) else interval
        known = lo is not None
        over_report = OverReport(p_corrected, settings.level, tests.num_tests)
        yield factory.result(
            Scope.on(compared.axis, compared.sides[left].group, compared.sides[right].group),
            **columns,
            **_about(compared, (left, right)),
            statistic="difference",
            value=value,
            lo=lo,
            hi=hi,
            level=settings.level if known else None,
            method=method if known else None,
            own_value=side_U[left],
            versus_value=side_U[right],
            p=p,
            p_corrected=p_corrected,
            null_lo=null_lo,
            null_hi=null_hi,
            threshold=tolerance,
            judgement=judge(
                value=value,
                interval=interval,
                tolerance=tolerance,
                too_few=None,  # such groups are not compared at all
                above_chance=_above_chance(compared, (left, right), correct),
                min_above_chance=settings.min_above_chance,
                size_bias=_size_bias(compared, (left, right)),
                over_report=over_report,
                shrunk=None,
                undecided=Undecided(compared.num_subjects((left, right)), WHOSE, reach),
            ),
            note=joined((note, lone if known else None)),
        )


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


def _ratios(factory: RowFactory, compared: GroupComparison) -> Iterator[Result]:
    """Ratios of pairs of groups, with intervals on the log scale where both groups are clear of zero.

    Without a value where the divisor is not: a set of ratios that agree with the data is then not bounded
    (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x), and two values that only rounding keeps from zero may
    have any ratio. A square that is estimated without bias may be negative, or zero by chance: no ratio is taken
    of its root.
    """
    found = compared.found
    assert found is not None
    if compared.metric.low < 0 or compared.metric.facts.squared:
        return
    contrast_k = np.array([k for k in compared.between if found.defined[k] >= MIN_DEFINED], dtype=np.int64)
    side_2k = np.array([compared.side_pairs[k] for k in contrast_k.tolist()], dtype=np.int64).reshape(-1, 2).T
    critical_k = found.critical(factory.settings.level)[contrast_k]
    value_2k, error_2k = found.sides[side_2k], found.side_errors[side_2k]
    clear_2k = value_2k > np.maximum(critical_k * error_2k, RESOLUTION)
    bounded_k = clear_2k.all(axis=0) & error_2k.any(axis=0)
    ratio_k = ratio(value_2k[0], value_2k[1])
    half_width_k = critical_k * np.hypot(*ratio(error_2k, value_2k))
    with np.errstate(over="ignore", invalid="ignore"):  # of those that are not clear of zero
        bounds_2k = ratio_k * np.exp(-half_width_k), ratio_k * np.exp(half_width_k)
    method = f"{found.method}; on the logarithm"
    for left, right, own, versus, clear, value, bounded, lo, hi in zip(
        *(each.tolist() for each in (*side_2k, *value_2k, clear_2k[1], ratio_k, bounded_k, *bounds_2k)),
        strict=True,
    ):
        yield factory.result(
            Scope.on(compared.axis, compared.sides[left].group, compared.sides[right].group),
            **_about(compared, (left, right)),
            statistic="ratio",
            value=value if clear else None,
            lo=lo if bounded else None,
            hi=hi if bounded else None,
            level=factory.settings.level if bounded else None,
            method=method if bounded else None,
            own_value=own,
            versus_value=versus,
            note=None if clear else NO_RATIO,
        )


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
