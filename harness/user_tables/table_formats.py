"""A user's table from any of the usual formats, as the cells that are in the file.

What the cells mean is decided by whoever knows the columns: `harness.user_tables.cells`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.files import require_reachable
from harness.tables.validation import MAX_TEXT
from harness.user_tables.cells import plain_text
from harness.user_tables.csv_tables import read_csv_table
from harness.user_tables.json_tables import read_json_table
from harness.user_tables.parquet_tables import read_parquet_table
from harness.user_tables.raw_table import MAX_COLUMNS, RawTable
from harness.user_tables.workbook_tables import read_workbook_table
from harness.wording import listed

FORMATS: Mapping[str, Callable[[Path, int | None], RawTable]] = {
    ".csv": read_csv_table,
    ".tsv": read_csv_table,
    ".txt": read_csv_table,
    ".parquet": read_parquet_table,
    ".pq": read_parquet_table,
    ".xlsx": read_workbook_table,
    ".json": read_json_table,
    ".jsonl": read_json_table,
    ".ndjson": read_json_table,
}
"""The ending of a file's name (lower-case) → its reader, which takes the path and the most rows there may be."""

_INDEX = r"(?i)^(?:|index|Unnamed: ?\d+|__index_level_\d+__)$"
"""How a column is called that is nothing but pandas' or a spreadsheet's numbering of the rows."""

_LEFT_OUT = "without the column that numbers the rows"


@dataclass(frozen=True)
class UserTable:
    """A table as it is in the file.

    Attributes:
        path: of the file.
        cells: with at least one row, no column twice, and names in form C without blanks around them.
        remarks: what had to be understood to read it, such as ``separated by semicolons``; none for a plain table.
    """

    path: Path
    cells: pa.Table
    remarks: tuple[str, ...] = ()

    def understood(self) -> tuple[str, ...]:
        """The remarks in one sentence; nothing for a plain table."""
        return (f"{self.path.name} was understood as: {'; '.join(self.remarks)}.",) if self.remarks else ()


def read_user_table(path: Path, *, max_rows: int | None = None) -> UserTable:
    """Read a table; its size is bounded before anything is decoded.

    Args:
        path: CSV with any usual separator, Parquet, an Excel workbook (its first sheet), JSON or JSON Lines.
        max_rows: a table with more is refused as soon as this is seen.

    Raises:
        HarnessError: the file is absent, of another format, damaged, too large, or without rows; a column is there
            twice; a text is longer than `MAX_TEXT`.
    """
    read = FORMATS.get(path.suffix.lower())
    if read is None:
        raise HarnessError(f"{path}: not a format of tables. Give one of {', '.join(FORMATS)}.")
    if not path.is_file():
        require_reachable(path)
        raise HarnessError(f"{path}: no such table.")
    raw = read(path, max_rows)
    raw = replace(raw, cells=raw.cells.rename_columns([plain_text(name) for name in raw.cells.column_names]))
    raw = _without_index(raw)
    _require_columns(raw.cells, path)
    if not raw.cells.num_rows:
        raise HarnessError(f"{path}: no rows under the header.")
    _require_short_cells(raw.cells, path)
    return UserTable(path, raw.cells, raw.remarks)


def _without_index(raw: RawTable) -> RawTable:
    """The table without columns that only number the rows; a column without a name and with text is no index."""
    names = pa.array(raw.cells.column_names, pa.string())
    places = [
        place
        for place, is_index in enumerate(pc.match_substring_regex(names, _INDEX).to_pylist())
        if is_index and _numbers_rows(raw.cells.column(place))
    ]
    if not places:
        return raw
    kept = [place for place in range(raw.cells.num_columns) if place not in places]
    return RawTable(raw.cells.select(kept), (*raw.remarks, _LEFT_OUT))


def _numbers_rows(column: pa.ChunkedArray) -> bool:
    if pa.types.is_integer(column.type) or pa.types.is_null(column.type):
        return True
    texts = pc.utf8_trim_whitespace(column) if pa.types.is_string(column.type) else None
    return texts is not None and bool(pc.all(pc.match_substring_regex(texts, r"^\d*$"), min_count=0).as_py())


def _require_columns(cells: pa.Table, path: Path) -> None:
    names = cells.column_names
    if len(names) > MAX_COLUMNS:
        raise HarnessError(f"{path}: {len(names):,} columns; at most {MAX_COLUMNS:,}.")
    nameless = [place for place, name in enumerate(names, start=1) if not name]
    if nameless[1:] and 2 * len(nameless) > len(names):
        raise HarnessError(
            f"{path}: the header names {len(names) - len(nameless)} of {len(names)} columns. It must be the first "
            "row: delete what is above it."
        )
    if nameless:
        raise HarnessError(f"{path}: column {nameless[0]} has no name but has cells. Give it a name.")
    repeated = [name for name, times in Counter(names).items() if times > 1]
    if repeated:
        raise HarnessError(f"{path}: the header names a column twice: {listed([f'{n!r}' for n in repeated])}.")


def _require_short_cells(cells: pa.Table, path: Path) -> None:
    for name, column in zip(cells.column_names, cells.columns, strict=True):
        if any(_longest(chunk) > MAX_TEXT for chunk in column.chunks):
            raise HarnessError(
                f"{path}: column {name[:80]!r} has a text of over {MAX_TEXT:,} characters. Ids, labels and values "
                "are shorter."
            )


def _longest(cells: pa.Array) -> int:
    texts = cells.dictionary if pa.types.is_dictionary(cells.type) else cells
    if not (pa.types.is_string(texts.type) or pa.types.is_large_string(texts.type)):
        return 0
    return pc.max(pc.utf8_length(texts)).as_py() or 0
