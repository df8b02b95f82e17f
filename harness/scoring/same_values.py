"""Comparing results tables of two versions row by row, as their bytes differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CLOSE_WITHIN = 1e-12
FREE_TEXT = ("method", "reason")
"""Columns of free text, which another version may word differently."""

VERDICT = "verdict"

Key = tuple[object, ...]


@dataclass(frozen=True)
class RowDifference:
    """A row that differs.

    Attributes:
        row: a description of the row.
        kind: of the row.
        metric: of the row.
        statistic: of the row.
        index: of the row; None if the statistic is another.
        method: of its interval, as the run wrote it; None if there is none.
        column: the column that differs; None if one of the tables has no such row.
        stored: what the run wrote.
        found: what was computed now.
    """

    row: str
    kind: str
    metric: str
    statistic: str
    index: str | None
    method: str | None
    column: str | None
    stored: object
    found: object


def row_differences(stored: pa.Table, found: pa.Table) -> list[RowDifference]:
    """Rows whose numbers differ by more than `CLOSE_WITHIN`, relative or absolute, or whose verdict differs.

    Args:
        stored: what a run wrote, in the columns of this version.
        found: what was computed now.
    """
    columns = [name for name in found.column_names if name not in FREE_TEXT]
    numbers = [name for name in columns if not _says_which(found.schema.field(name))]
    which = [name for name in columns if name not in (*numbers, VERDICT)]
    # An earlier version may not have had a column: then there is nothing in it to compare with.
    numbers = [name for name in numbers if stored[name].null_count < stored.num_rows]
    left, right = (_by_key(table, which) for table in (stored, found))
    listed: list[RowDifference] = []
    for key in dict.fromkeys([*left, *right]):
        index = key[which.index("index")]
        kind, metric, statistic = (str(key[which.index(name)]) for name in ("kind", "metric", "statistic"))
        named = (_in_words(key), kind, metric, statistic, None if index is None else str(index))
        if key not in left or key not in right:
            listed.append(RowDifference(*named, None, None, key in left, key in right))
        else:
            method = left[key]["method"]
            listed += [RowDifference(*named, method, *one) for one in _differing(left[key], right[key], numbers)]
    return listed


def _says_which(field: pa.Field) -> bool:
    return not (pa.types.is_floating(field.type) or pa.types.is_integer(field.type))


def _by_key(table: pa.Table, which: list[str]) -> dict[Key, dict[str, Any]]:
    """The rows by their key columns; rows with the same key are numbered."""
    seen: Counter[Key] = Counter()
    rows: dict[Key, dict[str, Any]] = {}
    for row in table.to_pylist():
        key = tuple(tuple(row[name]) if isinstance(row[name], list) else row[name] for name in which)
        rows[*key, seen[key]] = row
        seen[key] += 1
    return rows


def _differing(
    stored: Mapping[str, Any], found: Mapping[str, Any], numbers: list[str]
) -> Iterator[tuple[str, object, object]]:
    """The columns that differ, with both values."""
    for name in numbers:
        if not _close(stored[name], found[name]):
            yield name, stored[name], found[name]
    if stored[VERDICT] != found[VERDICT]:
        yield VERDICT, stored[VERDICT], found[VERDICT]


def _close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=CLOSE_WITHIN, abs_tol=CLOSE_WITHIN)


def _in_words(key: Key) -> str:
    return ", ".join(str(part) for part in key[1:-1] if part is not None and not isinstance(part, tuple))
