"""The tables of SWELL-KW, as they are exported: features per minute, and what people said at the start."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from harness.datasets.layout import cell_number
from harness.errors import HarnessError
from harness.files import read_bytes, text_lines
from harness.user_tables.cells import as_text
from harness.user_tables.table_formats import read_user_table

MAX_TABLE_BYTES = 64 * 2**20
SEPARATORS = ("\t", ";", ",")
Row = Mapping[str, str]

SEXES: Mapping[str, str] = {"m": "male", "f": "female"}


def feature_rows(path: Path) -> list[Row]:
    """The rows of a table of features; cells are stripped, columns without a name are left out.

    A workbook, or a text separated by tabs, semicolons or commas, in UTF-8 or Latin-1. Rows may end in commas.

    Raises:
        HarnessError: it cannot be read, or lacks a column that is needed; the message names it.
    """
    rows = _of_workbook(path) if path.suffix.lower() == ".xlsx" else _of_text(path)
    header = rows[0] if rows else []
    if missing := [name for name in ("PP", "Condition", "timestamp") if name not in header]:
        raise HarnessError(f"{path}: column {', '.join(missing)} is missing. It has {', '.join(header)[:300]}.")
    if len(named := [name for name in header if name]) > len(set(named)):
        raise HarnessError(f"{path}: the header names a column twice.")
    empty = dict.fromkeys(named, "")
    return [empty | {name: cell for name, cell in zip(header, row, strict=False) if name} for row in rows[1:]]


def people_of(path: Path) -> dict[str, dict[str, str | float | None]]:
    """Person → ``attr.age`` in years and ``attr.sex``, of the questionnaire at the start.

    Raises:
        HarnessError: no readable workbook, or an age is no number.
    """
    rows = _of_workbook(path)
    places = {name: rows[0].index(name) for name in ("PP", "Age", "Gender") if name in rows[0]}
    if len(places) < 3:
        raise HarnessError(f"{path}: expected the columns PP, Age and Gender. It has {', '.join(rows[0])[:300]}.")
    return {
        row[places["PP"]].upper(): {
            "attr.age": cell_number(row[places["Age"]], f"{path}, row {number}, Age"),
            "attr.sex": SEXES.get(row[places["Gender"]].lower()),
        }
        for number, row in enumerate(rows[1:], start=1)
        if row[places["PP"]]
    }


def _of_workbook(path: Path) -> list[list[str]]:
    cells = read_user_table(path).cells
    texts = [as_text(cells[name], name, path).to_pylist() for name in cells.column_names]
    return [list(cells.column_names), *([cell or "" for cell in row] for row in zip(*texts, strict=True))]


def _of_text(path: Path) -> list[list[str]]:
    try:
        data = read_bytes(path, MAX_TABLE_BYTES)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable table ({error}).") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    lines = [line for line in text_lines(text) if line.strip()]
    separator = next((mark for mark in SEPARATORS if lines and mark in lines[0]), ",")
    try:
        return [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=separator)]
    except csv.Error as error:
        raise HarnessError(f"{path}: not a readable table ({error}).") from None
