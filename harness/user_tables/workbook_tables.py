"""The first sheet of an Excel workbook as a table."""

from __future__ import annotations

import datetime
import itertools
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.errors import HarnessError
from harness.user_tables.raw_table import (
    MAX_COLUMNS,
    MAX_DOCUMENT_BYTES,
    RawTable,
    require_few_rows,
    require_file_size,
)

MAX_CELLS = 5_000_000


def read_workbook_table(path: Path, max_rows: int | None) -> RawTable:
    """Read the first visible sheet, row by row; the header is its first row that is not blank.

    Raises:
        HarnessError: it is not a workbook, unpacks to too much, or has too many rows or cells.
    """
    require_file_size(path, MAX_DOCUMENT_BYTES, " Save the sheet as CSV.")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_DOCUMENT_BYTES:
            raise HarnessError(f"{path}: unpacks to {unpacked / 2**20:,.0f} MiB. Save the sheet as CSV.")
        title, others, rows = _first_sheet(path, max_rows)
    except HarnessError:
        raise
    except Exception as error:  # for a damaged workbook openpyxl raises almost any exception
        raise HarnessError(f"{path}: not a readable workbook ({error}).") from None
    if len(rows) < 2:
        instead = f" Only the first visible sheet is read: put {others[0]!r} first." if others else ""
        raise HarnessError(f"{path}: the sheet {title!r} has no rows under a header.{instead}")
    width = max(len(row) for row in rows)
    columns = list(itertools.zip_longest(*rows, fillvalue=""))[:width]
    names = [column[0] for column in columns]
    cells = pa.table([pa.array(column[1:], pa.string()) for column in columns], [str(i) for i in range(width)])
    remark = f"the sheet {title!r}" + (f" (not {', '.join(map(repr, others))})" if others else "")
    return RawTable(cells.rename_columns(names), (remark,) if others else ())


def _first_sheet(path: Path, max_rows: int | None) -> tuple[str, list[str], list[list[str]]]:
    import openpyxl  # slow to import

    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        visible = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"] or book.worksheets
        sheet = visible[0]
        return sheet.title, [other.title for other in visible[1:]], list(_rows(sheet, max_rows, path))
    finally:
        book.close()


def _rows(sheet: Any, max_rows: int | None, path: Path) -> Iterator[list[str]]:
    """The rows that are not blank, without the empty cells at their ends."""
    num_rows, num_cells = -1, 0
    # Some programs state dimensions that are wrong; what is there counts.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
        cells = [_text(cell) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        num_rows, num_cells = num_rows + 1, num_cells + len(cells)
        require_few_rows(num_rows, max_rows, path)
        if num_cells > MAX_CELLS:
            raise HarnessError(f"{path}: over {MAX_CELLS:,} cells. Save the sheet as CSV.")
        yield cells


def _text(cell: object) -> str:
    """A cell as a CSV file of the sheet would have it, but numbers in full."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, datetime.date | datetime.time) else str(cell)
