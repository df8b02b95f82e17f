"""Columns of what a practice test measured from, to arrays and back; tables that were received are not trusted.

Shapes: n rows.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.errors import HarnessError

SUBJECT = "subject"
MAX_SUBJECTS = 10_000_000


def numbered(names: Iterable[str]) -> tuple[Ints, list[str]]:
    """Names as numbers, in the order in which they first occur, and the names in that order.

    Sorted names would tell who is who to somebody who has a list of them.
    """
    place: dict[str, int] = {}
    number_n = np.array([place.setdefault(name, len(place)) for name in names], np.int64)
    return number_n, list(place)


def number_column(values: Floats) -> pa.Array:
    """Numbers as a column, NaN as nothing."""
    return pa.array(values, pa.float64(), from_pandas=True)


def text_column(values: Iterable[str]) -> pa.Array:
    """Texts as a column, of this type even if there are none."""
    return pa.array(list(values), pa.string())


def subjects_in(table: pa.Table) -> Ints:
    """``[n]``, the numbers of people.

    Raises:
        HarnessError: there is no such column, or in it what is no such number.
    """
    cells = _column(table, SUBJECT, pa.int64())
    found: Ints = cells.to_numpy()
    if len(found) and not 0 <= found.min() <= found.max() < MAX_SUBJECTS:
        raise HarnessError(f"observed: column {SUBJECT}: numbers of people go from 0 to {MAX_SUBJECTS - 1:,}.")
    return found


def numbers_in(table: pa.Table, name: str) -> Floats:
    """``[n]``, NaN where there is none.

    Raises:
        HarnessError: there is no such column of numbers, or one of them is infinite.
    """
    cells = _column(table, name, pa.float64(), may_be_empty=True)
    found: Floats = pc.fill_null(cells, np.nan).to_numpy()
    if np.isinf(found).any():
        raise HarnessError(f"observed: column {name}: a number is infinite.")
    return found


def texts_in(table: pa.Table, name: str) -> list[str]:
    """Texts, one per row.

    Raises:
        HarnessError: there is no such column of texts.
    """
    found: list[str] = _column(table, name, pa.string()).to_pylist()
    return found


def some_texts_in(table: pa.Table, name: str) -> list[str | None]:
    """Texts, one per row; None where there is none.

    Raises:
        HarnessError: there is no such column of texts.
    """
    found: list[str | None] = _column(table, name, pa.string(), may_be_empty=True).to_pylist()
    return found


def whole_numbers_in(table: pa.Table, name: str) -> list[int]:
    """Whole numbers, one per row.

    Raises:
        HarnessError: there is no such column of them.
    """
    found: list[int] = _column(table, name, pa.int64()).to_pylist()
    return found


def flags_in(table: pa.Table, name: str) -> Bools:
    """``[n]``, yes or no.

    Raises:
        HarnessError: there is no such column.
    """
    found: Bools = np.array(_column(table, name, pa.bool_()).to_pylist(), np.bool_)
    return found


def _column(table: pa.Table, name: str, kind: pa.DataType, *, may_be_empty: bool = False) -> pa.ChunkedArray:
    if table.column_names.count(name) != 1 or table.schema.field(name).type != kind:
        raise HarnessError(f"observed: there is no one column {name} of {kind}.")
    cells = table[name]
    if cells.null_count and not may_be_empty:
        raise HarnessError(f"observed: column {name}: a cell is empty.")
    return cells
