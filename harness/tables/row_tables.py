"""Building tables from dataclasses with a field per column."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

import pyarrow as pa
import pyarrow.compute as pc


def table_of(rows: Iterable[object], schema: pa.Schema) -> pa.Table:
    """The rows as a table; non-finite numbers become null, never zero.

    Args:
        rows: objects with an attribute for every column.
        schema: of the table.
    """
    listed = list(rows)
    columns = {
        field.name: finite(pa.array(list(map(attrgetter(field.name), listed)), field.type)) for field in schema
    }
    return pa.table(columns, schema=schema)


def finite(column: pa.Array) -> pa.Array:
    """The column with null for numbers that are not finite."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
