"""How wrong the mean of many calls is: a bias that stays, and a spread that shrinks.

An aggregate of n calls of n people says which share of them was called negative; the share π is negative.
With h and f the shares of negative and of other calls that are called negative, its error has the mean
b = π (h - 1) + (1 - π) f, whatever n is, and the variance v / n with v = π h (1 - h) + (1 - π) f (1 - f). It is
assumed that negative calls and others are like those of the dataset, and only their mix is another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from harness.arrays import Floats
from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.single_calls import negative_sums, rates, too_few
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.statistics.intervals import Interval
from harness.statistics.skew_corrected import corrected_of_sums
from harness.statistics.subject_means import DIFFERENCE, SHARE, of_sums_over_subjects
from harness.tables.results import Result

NEVER = "the bias alone is larger: no number of calls is enough"
_DIGITS = 9


def named(mix: float) -> str:
    """The name of a share of negative calls, in percent."""
    return f"{100 * mix:g}%"


def bias_question(calls: Calls, mix: float, limit: float, least: int) -> Question:
    """Whether the mean of many calls is close enough to the true share."""
    sums_S4, size_S = negative_sums(calls)
    return Question(
        metric=f"aggregate_bias:{named(mix)}",
        limit=limit,
        better="zero",
        measure=lambda level: corrected_of_sums(sums_S4, partial(_bias, mix=mix), size_S, level, DIFFERENCE),
        too_few=too_few(calls, least),
        columns=_columns(calls, mix),
    )


def aggregate_rows(
    calls: Calls, mix: float, sizes: tuple[int, ...], needed_for: float, level: float
) -> Iterator[Result]:
    """The spread and the error (root mean square) of aggregates by their size, and how many calls are needed.

    Args:
        calls: with answers to whole calls.
        mix: the share of negative calls.
        sizes: calls in an aggregate.
        needed_for: the error for which the needed calls are counted.
        level: of the intervals.
    """
    if too_few(calls, 2) is not None:
        return
    columns = _columns(calls, mix)
    for size in sizes:
        yield measured_row(f"aggregate_spread:{size}", _spread(calls, mix, size, level), level, columns)
        yield measured_row(f"aggregate_error:{size}", _error(calls, mix, size, level), level, columns)
    needed = _needed(negative_sums(calls)[0].sum(axis=0), mix, needed_for)
    yield Result(
        metric="aggregate_calls_needed",
        kind="practice",
        value=None if needed is None else float(max(needed, 1)),
        note=NEVER if needed is None else f"for an error of {needed_for:g}",
        **columns,
    )


def _needed(total: Floats, mix: float, error: float) -> int | None:
    """Calls for an error; None where the bias alone is as large. Neither turns on the last digits of a float."""
    room = round(error**2 - float(_bias(total, mix)) ** 2, _DIGITS)
    return math.ceil(round(float(_spread_square(total, mix, 1)) / room, _DIGITS)) if room > 0 else None


def _bias(sums: Floats, mix: float) -> Floats:
    hits, false = rates(sums)
    return mix * (hits - 1) + (1 - mix) * false


def _spread_square(sums: Floats, mix: float, size: int) -> Floats:
    hits, false = rates(sums)
    return (mix * hits * (1 - hits) + (1 - mix) * false * (1 - false)) / size


def _spread(calls: Calls, mix: float, size: int, level: float) -> tuple[float, Interval]:
    """The standard deviation, with the interval of its square."""
    sums_S4, size_S = negative_sums(calls)
    square = partial(_spread_square, mix=mix, size=size)
    value, interval = of_sums_over_subjects(sums_S4, square, size_S, level, SHARE)
    if interval.bounds is None:
        return math.sqrt(value), interval
    lo, hi = (math.sqrt(bound) for bound in interval.bounds)
    return math.sqrt(value), replace(interval, lo=lo, hi=hi, method=f"{interval.method}; of the square")


def _error(calls: Calls, mix: float, size: int, level: float) -> tuple[float, Interval]:
    """The root of the mean square, between the bounds of bias and spread, which hold together (Bonferroni).

    Its own jackknife would not do: where the bias is near 0, its square hardly changes without a person.
    """
    sums_S4, size_S = negative_sums(calls)
    both = 1 - (1 - level) / 2
    bias, of_bias = corrected_of_sums(sums_S4, partial(_bias, mix=mix), size_S, both, DIFFERENCE)
    spread, of_spread = _spread(calls, mix, size, both)
    value = math.hypot(bias, spread)
    if of_bias.bounds is None or of_spread.bounds is None:
        return value, of_spread if of_bias.bounds is not None else of_bias
    least = max(of_bias.bounds[0], -of_bias.bounds[1], 0.0)
    most = max(-of_bias.bounds[0], of_bias.bounds[1])
    lo, hi = math.hypot(least, of_spread.bounds[0]), math.hypot(most, of_spread.bounds[1])
    return value, Interval(lo, hi, f"{of_bias.method}; of bias and spread together")


def _columns(calls: Calls, mix: float) -> dict[str, Any]:
    return {
        **calls.scored(),
        "axis": "negative_calls",
        "attributes": ("negative_calls",),
        "group": named(mix),
        "group_values": (named(mix),),
    }
