"""Tables that are built row by row, from dataclasses with a field per column."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pyarrow as pa


def table_of(rows: Iterable[object], schema: pa.Schema) -> pa.Table:
    """The rows as a table; numbers that are not finite become null, never zero.

    Args:
        rows: objects with an attribute for every column.
        schema: of the table.
    """
    listed = list(rows)
    columns = {
        field.name: pa.array([_finite(getattr(row, field.name)) for row in listed], field.type) for field in schema
    }
    return pa.table(columns, schema=schema)


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
