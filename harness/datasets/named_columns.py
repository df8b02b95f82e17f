"""What the columns of a table of samples are, and what has to be said of it for all rows at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pyarrow as pa

from harness.datasets.table_samples import STATED
from harness.errors import HarnessError
from harness.user_tables.cells import as_paths
from harness.user_tables.column_guesses import Contents
from harness.user_tables.known_columns import samples_columns
from harness.user_tables.table_formats import UserTable
from harness.user_tables.user_columns import ColumnChoices, UnknownColumnsError, require_column, with_known_columns

LOOKED_UP = 20
"""Cells of a column that are looked up as files, to recognise the column that names them."""


def named_columns(
    table: UserTable,
    columns: ColumnChoices,
    stated: Mapping[str, str | None],
    *,
    rows_independent: bool,
    contents: Contents | None = None,
) -> UserTable:
    """The table with our names of its columns, of which none that is needed is missing.

    Args:
        table: as it is in the file.
        columns: the user's mapping.
        stated: of each column of `STATED` the value for all rows, or None.
        rows_independent: whether rows may have no subject.
        contents: how columns are recognised whose names say nothing.

    Raises:
        HarnessError: says all at once what has to be said of the table, with a mapping to paste.
    """
    known = samples_columns()
    who = [] if rows_independent else [["subject_id"]]
    problems = []
    try:
        table = with_known_columns(table, known, columns, [["sample_id", "uri"], *who], contents)
        if "uri" not in table.cells.column_names:
            require_column(table, "sample_id", known, "what the row is about; or uri, its file")
        if not rows_independent:
            require_column(table, "subject_id", known, "who it is: subjects are the unit of resampling")
    except UnknownColumnsError as error:
        table = error.likely
        problems.append(str(error))
    problems += _unstated(table, stated)
    if problems:
        raise HarnessError("\n".join(problems))
    return table


def share_of_files(cells: pa.ChunkedArray, is_file: Callable[[str], bool]) -> float:
    """The share of the first cells of a column that name files."""
    if not pa.types.is_string(cells.type):
        return 0
    names = as_paths(cells.slice(0, LOOKED_UP), "uri", "").drop_null().to_pylist()
    return sum(map(is_file, names)) / max(len(names), 1)


def _unstated(table: UserTable, stated: Mapping[str, str | None]) -> list[str]:
    """What no column says and no option says for all rows."""
    absent = [name for name in STATED if name not in table.cells.column_names and stated[name] is None]
    if not absent:
        return []
    options = " and ".join(f"dataset.{name} (one of {', '.join(STATED[name])})" for name in absent)
    return [f"{table.path}: there is no column {' and none '.join(absent)}. Say it for all rows: {options}."]
