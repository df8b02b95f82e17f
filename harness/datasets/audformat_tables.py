"""Tables of audformat: rows of files or of stretches of files, whose times are written as pandas writes them."""

from __future__ import annotations

import re

import pyarrow as pa

from harness.errors import HarnessError
from harness.user_tables.cells import as_text

TIMES = {"start": "start_s", "end": "end_s"}
_TIMEDELTA = re.compile(r"(?:(\d+) days?,? ?)?(?:(\d+):(\d\d):(\d\d(?:\.\d+)?))?")
_IN_A_SECOND = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}


def with_seconds(cells: pa.Table, where: str) -> pa.Table:
    """With times in seconds in place of ``start`` and ``end``; an end that is not stated is null.

    Args:
        cells: of a table, with or without these columns.
        where: how messages call the table.

    Raises:
        HarnessError: a cell is no time.
    """
    for theirs, ours in TIMES.items():
        if theirs in cells.column_names:
            seconds = pa.array(_seconds(cells[theirs], f"{where}, column {theirs}"), pa.float64())
            cells = cells.set_column(cells.column_names.index(theirs), ours, seconds)
    return cells


def with_facts_of_files(cells: pa.Table, facts: pa.Table, name: str) -> pa.Table:
    """With the columns of a table of facts that are not there yet, by file.

    Raises:
        HarnessError: the table of facts has no row of its own for each file.
    """
    files = facts["file"].to_pylist()
    if "start_s" in facts.column_names or len(set(files)) < len(files):
        raise HarnessError(f"dataset.facts: the table {name} has several rows for a file. Name filewise tables.")
    row_of = {file: row for row, file in enumerate(files)}
    rows = pa.array([row_of.get(file) for file in cells["file"].to_pylist()], pa.int64())
    for column in facts.column_names:
        if column not in cells.column_names:
            cells = cells.append_column(column, facts[column].take(rows))
    return cells


def _seconds(cells: pa.ChunkedArray, where: str) -> list[float | None]:
    if pa.types.is_duration(cells.type):
        return [
            None if count is None else count / _IN_A_SECOND[cells.type.unit]
            for count in cells.cast(pa.int64()).to_pylist()
        ]
    return [_time(text, where) for text in as_text(cells, "time", where).to_pylist()]


def _time(text: str | None, where: str) -> float | None:
    if text is None or text == "NaT":
        return None
    match = _TIMEDELTA.fullmatch(text)
    if match is None:
        raise HarnessError(f"{where}: {text[:40]!r} is no time. Expected one such as '0 days 00:00:01.5'.")
    days, hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return 86_400 * days + 3_600 * hours + 60 * minutes + seconds
