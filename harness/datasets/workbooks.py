"""Sheets of Excel workbooks that datasets bring, within bounds."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl

from harness.errors import HarnessError
from harness.files import read_bytes

MAX_UNPACKED_BYTES = 64 * 2**20
MAX_ROWS, MAX_COLUMNS = 1_000, 256


def sheet_rows(path: Path, sheet: str | None = None) -> list[tuple[Any, ...]]:
    """The values of a sheet's cells, row by row, at most 1,000 rows of 256 columns; by default of the first sheet.

    Raises:
        HarnessError: no such file or sheet, no workbook, or it unpacks to over 64 MiB.
    """
    if not path.is_file():
        raise HarnessError(f"{path}: no such file. The dataset's folder holds {path.parent.name}/{path.name}.")
    try:
        content = io.BytesIO(read_bytes(path, MAX_UNPACKED_BYTES))
        with zipfile.ZipFile(content) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked <= MAX_UNPACKED_BYTES:
            book = openpyxl.load_workbook(content, data_only=True)
            page = book[sheet] if sheet else book.worksheets[0]
            last_row, last_column = min(page.max_row, MAX_ROWS), min(page.max_column, MAX_COLUMNS)
            rows = list(page.iter_rows(max_row=last_row, max_col=last_column, values_only=True))
    except Exception as error:  # for a damaged workbook openpyxl raises almost any exception
        raise HarnessError(f"{path}: not a readable workbook of this dataset ({error}).") from None
    if unpacked > MAX_UNPACKED_BYTES:
        raise HarnessError(f"{path}: unpacks to {unpacked:,} bytes; this is not the dataset's workbook.")
    return rows
