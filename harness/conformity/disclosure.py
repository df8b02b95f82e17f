"""Which levels may be shown to the public: none that describes fewer people than the plan's minimum.

Hiding a small group is not enough where the others and all together are shown: what is left is the small group.
So where the hidden groups of an axis together have too few people, the next smallest is hidden, too. On an
intersection this holds along every line of cells, because the groups of its attributes are shown as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from harness.tables.results import select

Row = Mapping[str, Any]


def shown_levels(results: pa.Table, system: str, *, min_subjects: int) -> list[Row]:
    """The levels of a system that may be shown, with all conditions, in the order of the results.

    Args:
        results: the results table.
        system: the name of the system in it.
        min_subjects: that a group, or all together, must have.
    """
    rows = select(results, condition=None, statistic="level", model=system).to_pylist()
    by_axis: dict[Hashable, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_axis[row["metric"], row["condition"], row["axis"]].append(row)
    hidden = {id(row) for axis in by_axis.values() for row in _hidden(axis, min_subjects)}
    return [row for row in rows if id(row) not in hidden]


def shown_differences(results: pa.Table, system: str, *, min_subjects: int) -> list[Row]:
    """The differences between groups that were tested and whose sides are both shown, as levels are."""
    shown = {
        (row["metric"], row["condition"], row["axis"], row["group"])
        for row in shown_levels(results, system, min_subjects=min_subjects)
    }
    rows = select(results, condition=None, statistic="difference", model=system).to_pylist()
    return [row for row in rows if row["verdict"] not in (None, "not_tested") and _sides(row) <= shown]


def shown_counts(counts: Mapping[str, int], min_subjects: int) -> dict[str, int | None]:
    """Group → its number of people; None where it is small, or would tell that of a small one."""
    shown: dict[str, int | None] = {
        group: num if num >= min_subjects or num == 0 else None for group, num in counts.items()
    }
    while 0 < sum(counts[group] for group, num in shown.items() if num is None) < min_subjects:
        large = [group for group, num in shown.items() if num]
        if not large:
            break
        shown[min(large, key=lambda group: counts[group])] = None
    return shown


def _sides(row: Row) -> set[tuple[str, str, str, str]]:
    """The groups of a difference. The rest of an axis is never small where its other side is hidden or shown."""
    place = (row["metric"], row["condition"], row["axis"])
    groups = [row["group"], *([row["versus"]] if row["versus_values"] is not None else [])]
    return {(*place, group) for group in groups}


def _hidden(axis: Sequence[dict[str, Any]], min_subjects: int) -> list[dict[str, Any]]:
    """The rows of one metric on one axis that may not be shown."""
    hidden = [row for row in axis if not _may_be_shown(row, min_subjects)]
    if axis[0]["axis"] == "overall":
        return hidden
    lines = list(_lines(axis))
    while more := [row for line in lines for row in _also_hidden(line, hidden, min_subjects)]:
        hidden += more[:1]
    return hidden


def _may_be_shown(row: Row, min_subjects: int) -> bool:
    return row["value"] is not None and row["verdict"] != "not_tested" and row["n_subjects"] >= min_subjects


def _lines(axis: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The groups that together are a group that is shown elsewhere, or everybody."""
    yield list(axis)
    num_attributes = len(axis[0]["attributes"])
    for place in range(num_attributes if num_attributes > 1 else 0):
        lines: dict[Hashable, list[dict[str, Any]]] = defaultdict(list)
        for row in axis:
            values = row["group_values"]
            lines[tuple(values[:place] + values[place + 1 :])].append(row)
        yield from lines.values()


def _also_hidden(
    line: Sequence[dict[str, Any]], hidden: Sequence[dict[str, Any]], min_subjects: int
) -> list[dict[str, Any]]:
    """The smallest shown group of a line, if the hidden ones could be told from the others."""
    out = {id(row) for row in hidden}
    left_out = sum(row["n_subjects"] for row in line if id(row) in out)
    shown = [row for row in line if id(row) not in out]
    if not shown or not 0 < left_out < min_subjects:
        return []
    return [min(shown, key=lambda row: row["n_subjects"])]
