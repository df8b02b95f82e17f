"""Differences between groups as rows of the results: gaps, ratios, indices, each with its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.attributes.group import THE_REST
from harness.measurement.cells import Pairs
from harness.measurement.flattened import is_comparable
from harness.measurement.groups.better_than_chance import better_than_chance
from harness.measurement.groups.group_comparison import Compared, Side, compare, is_rate, plan_comparison
from harness.measurement.groups.simultaneous_bounds import simultaneous_bounds
from harness.measurement.levels import MEANS_OVER_CLASSES, class_support
from harness.measurement.result_rows import Place, Run
from harness.statistics.codes import distinct
from harness.statistics.indices import indices
from harness.statistics.intervals import MIN_DEFINED
from harness.statistics.verdicts import subjects_needed, verdict
from harness.tables.results import Result

MIN_DEVIATING = 2
"""Of a rate near 0 or 1, so many subjects have to differ from the others: with one alone, as where everybody but
one person is always right, intervals of 95 % hold the truth in 76 to 85 % of studies (``benchmarks/validity``)."""

UNEVEN = 1.5
"""ECE counts noise as error, the more the fewer samples a group has: of groups with 15 and with 100 clips per
subject that are equally well calibrated, 58 % of studies find a difference (``benchmarks/validity``). Beyond this
ratio of samples it is not compared; `harness.metrics.calibration.squared_error` has no such bias."""


def compare_groups(run: Run, pairs: Pairs, classes: Sequence[str]) -> tuple[Compared, ...]:
    """Compare the groups of an axis on every metric that the plan compares."""
    support_GC = class_support(pairs, len(classes))
    least = run.settings.min_subjects
    planned = [
        plan_comparison(
            pairs, tally, metric, least, support_GC if metric.name in MEANS_OVER_CLASSES else None, classes
        )
        for tally in pairs.tallies
        for metric in tally.metrics
        if run.settings.compares(metric.name) and is_comparable(tally, metric)
    ]
    return tuple(compare(planned, run.settings))


def global_p(compared: Compared) -> float:
    """Of the test that no two groups differ; NaN where there is none."""
    return float("nan") if _is_uneven(compared, range(compared.num_tested)) else compared.global_p


def gap_rows(run: Run, compared: Compared, pairs: Pairs, holm_p: float) -> Iterator[Result]:
    """What the results say of one metric on one axis.

    Args:
        run: whose rows these are.
        compared: the comparison.
        pairs: that it was made from, with all metrics.
        holm_p: the global p-value, adjusted for all metrics and axes of the run.
    """
    for index, reason in compared.untested.items():
        yield _untested_row(run, compared, index, reason)
    if compared.found is None:
        return
    bounds = simultaneous_bounds(compared, run.settings.level)
    yield from _differences(run, compared, bounds, better_than_chance(pairs, compared, run.settings.level))
    yield from _ratios(run, compared)
    yield from _indices(run, compared, bounds)
    place, about = Place.on(compared.axis), _about(compared, range(compared.num_tested))
    for name, p in (("global_test_p", global_p(compared)), ("global_test_p_holm", holm_p)):
        yield run.result(place, **about, statistic="index", index=name, value=p)


def _is_uneven(compared: Compared, sides: Sequence[int]) -> bool:
    """Whether a metric that depends on the number of samples is compared between groups of different sizes."""
    sizes = [compared.sides[side].num_samples for side in sides]
    return compared.metric.name == "ece" and max(sizes, default=0) > UNEVEN * min(sizes, default=0)


def _is_flat(compared: Compared, sides: Sequence[int]) -> bool:
    """Whether a metric is compared so near to its least value that it has no slope there: standard errors vanish.

    Then 95 % intervals hold in 85 % of studies (``benchmarks/validity``).
    """
    found = compared.found
    assert found is not None
    return compared.metric.name == "calibration_error_sq" and any(
        found.sides[side] <= 2 * found.side_errors[side] for side in sides
    )


def _untested_row(run: Run, compared: Compared, group: int, reason: str) -> Result:
    return run.result(
        Place.on(compared.axis, compared.axis.groups[group], THE_REST),
        metric=compared.metric.name,
        statistic="difference",
        value=None,
        n_samples=0,
        n_subjects=0,
        n_unscored=0,
        threshold=run.settings.tolerated(compared.metric.name),
        verdict="not_tested",
        reason=reason,
    )


def _differences(
    run: Run, compared: Compared, bounds: tuple[Floats, Floats], correct: Sequence[bool] | None
) -> Iterator[Result]:
    found = compared.found
    assert found is not None
    tolerance = run.settings.tolerated(compared.metric.name)
    lo_K, hi_K = bounds
    for contrast, (left, right) in enumerate(compared.pairs):
        sides = compared.sides[left], compared.sides[right]
        value = float(found.value[contrast])
        known = found.defined[contrast] >= MIN_DEFINED and math.isfinite(value)
        lo, hi = (float(lo_K[contrast]), float(hi_K[contrast])) if known else (None, None)
        both = None if correct is None else (correct[left], correct[right])
        verdict_, reason = _judged(value, lo, hi, tolerance, sides, both)
        if _is_uneven(compared, (left, right)):
            verdict_ = "inconclusive"
            reason = "biased upwards in the group with fewer samples; calibration_error_sq is not"
        elif verdict_ == "met" and _is_flat(compared, (left, right)):
            verdict_ = "inconclusive"
            reason = "alike, but so near to perfect calibration that its interval is too narrow"
        null_lo, null_hi = found.null_range(contrast, run.settings.level)
        yield run.result(
            Place.on(compared.axis, sides[0].group, sides[1].group),
            **_about(compared, (left, right)),
            statistic="difference",
            value=value,
            lo=lo,
            hi=hi,
            level=run.settings.level if known else None,
            method=found.method if known else None,
            null_lo=null_lo,
            null_hi=null_hi,
            threshold=tolerance,
            verdict=verdict_,
            reason=reason,
        )


def _judged(
    value: float,
    lo: float | None,
    hi: float | None,
    tolerance: float,
    sides: tuple[Side, Side],
    correct: tuple[bool, bool] | None,
) -> tuple[str, str | None]:
    """The verdict on a difference, and why it is not a plain one."""
    if lo is None or hi is None:
        return "inconclusive", "undefined in too many draws: it rests on too few subjects"
    found = verdict(lo, hi, tolerance)
    lone = [
        side.group.name
        for side in sides
        if side.num_deviating is not None and 0 < side.num_deviating < MIN_DEVIATING
    ]
    if lone and found != "inconclusive":
        return "inconclusive", f"the spread of {' and '.join(lone)} rests on one subject alone"
    if found == "met" and correct is None:
        return "inconclusive", "alike, but there are no labels to show that answers are better than chance"
    failing = [side.group.name for side, ok in zip(sides, correct or (), strict=False) if not ok]
    if found == "met" and failing:
        return "inconclusive", f"alike, but no better than chance for {' and '.join(failing)}"
    if found != "inconclusive":
        return found, None
    num = _num_subjects(sides)
    needed = subjects_needed(value, (hi - lo) / 2, tolerance, num)
    if needed is None:
        return found, "the difference lies at the tolerance: no number of subjects would be sure to decide"
    return (
        found,
        f"about {max(needed, num + 1):,} subjects in the two together would decide, if it stays ({num:,} now)",
    )


def _ratios(run: Run, compared: Compared) -> Iterator[Result]:
    """Pairs of groups as ratios, on the logarithm of the metric; where all values are above zero."""
    found = compared.found
    assert found is not None
    if compared.metric.low < 0 or not (found.sides[: compared.num_tested] > 0).all():
        return
    relative_U = found.side_errors / found.sides
    for contrast, (left, right) in enumerate(compared.pairs):
        if right >= compared.num_tested or found.defined[contrast] < MIN_DEFINED:
            continue
        value = float(found.sides[left] / found.sides[right])
        reach = float(found.critical[contrast] * np.hypot(relative_U[left], relative_U[right]))
        lo, hi = (value * math.exp(-reach), value * math.exp(reach)) if reach > 0 else (None, None)
        yield run.result(
            Place.on(compared.axis, compared.sides[left].group, compared.sides[right].group),
            **_about(compared, (left, right)),
            statistic="ratio",
            value=value,
            lo=lo,
            hi=hi,
            level=None if lo is None else run.settings.level,
            method=None if lo is None else f"{found.method}; on the logarithm",
        )


def _indices(run: Run, compared: Compared, bounds: tuple[Floats, Floats]) -> Iterator[Result]:
    found, num = compared.found, compared.num_tested
    assert found is not None
    metric = compared.metric
    place, about = Place.on(compared.axis), _about(compared, range(num))
    lo_K, hi_K = bounds
    between = [k for k, (_, right) in enumerate(compared.pairs) if right < num]
    widest = float(np.maximum(np.abs(lo_K), np.abs(hi_K))[between].max())
    surest = float(np.maximum(np.maximum(lo_K, -hi_K), 0.0)[between].max())
    for index in indices(
        found.sides[:num],
        found.side_errors[:num],
        found.null_sides[:, :num],
        found.null_errors[:, :num],
        rate=is_rate(metric),
    ):
        bounded = index.name == "max_min_difference"
        yield run.result(
            place,
            **about,
            statistic="index",
            index=index.name,
            value=index.value,
            lo=surest if bounded else None,
            hi=widest if bounded else None,
            level=run.settings.level if bounded else None,
            method=found.method if bounded else None,
            null_mean=index.null_mean,
            null_lo=index.null_lo,
            null_hi=index.null_hi,
        )


def _about(compared: Compared, sides: Sequence[int] | range) -> dict[str, Any]:
    """What a row about some of the sides is about, and what it rests on."""
    chosen = [compared.sides[side] for side in sides]
    return {
        "metric": compared.metric.name,
        "n_samples": sum(side.num_samples for side in chosen),
        "n_subjects": _num_subjects(chosen),
        "n_unscored": sum(side.num_unscored for side in chosen),
    }


def _num_subjects(sides: Sequence[Side]) -> int:
    """Different subjects on any of the sides."""
    return len(distinct(np.concatenate([side.subjects for side in sides])))
