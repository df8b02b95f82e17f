"""The rows of the results on a gap at equal quality: the gap, what equal quality takes of it, and the overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.measurement.quality.gaps_two_ways import Bounded, TwoWays
from harness.measurement.result_rows import RowFactory, Scope
from harness.tables.results import Result

RAW_LESS_EQUAL, COMMON_SUPPORT = "raw_less_equal", "common_support"
ALIKE = "all subjects of a side alike: no interval"


def two_ways_rows(
    factory: RowFactory,
    scope: Scope,
    gap: TwoWays,
    columns: Mapping[str, Any],
    *,
    support: float,
    note: str | None,
) -> Iterator[Result]:
    """The rows of one gap.

    Args:
        factory: makes the rows.
        scope: the axis and its two sides.
        gap: both ways.
        columns: of all rows.
        support: the share of the samples of both sides that the gap at equal quality rests on.
        note: what else a reader must know of it.
    """
    own, versus = gap.equal_sides
    yield factory.result(
        scope,
        **columns,
        **_numbers(factory, gap.equal, gap.method),
        statistic="difference",
        own_value=own,
        versus_value=versus,
        note=note if gap.equal.lo is not None else "; ".join(filter(None, (note, ALIKE))),
    )
    yield factory.result(
        scope,
        **columns,
        **_numbers(factory, gap.change, gap.method),
        statistic="index",
        index=RAW_LESS_EQUAL,
        own_value=gap.raw.value,
        versus_value=gap.equal.value,
    )
    yield factory.result(scope, **columns, statistic="index", index=COMMON_SUPPORT, value=support)


def _numbers(factory: RowFactory, of: Bounded, method: str) -> dict[str, Any]:
    known = of.lo is not None
    return {
        "value": of.value,
        "lo": of.lo,
        "hi": of.hi,
        "level": factory.settings.level if known else None,
        "method": method if known else None,
    }
