"""Columns of text that are read as dictionaries: each distinct text once, and a small number for every row.

A table too large for memory has few distinct texts. As dictionaries they are read ten times as fast, and whatever
depends on a text alone is computed once for each distinct one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa

Column: TypeAlias = pa.Array | pa.ChunkedArray


def is_encoded(type_: pa.DataType) -> bool:
    """Whether a column is a dictionary of texts."""
    return bool(pa.types.is_dictionary(type_) and pa.types.is_string(type_.value_type))


def is_text(type_: pa.DataType) -> bool:
    """Whether a column holds texts, as a dictionary or row by row."""
    return bool(pa.types.is_string(type_)) or is_encoded(type_)


def of_texts(column: Column, function: Callable[[Column], Column]) -> pa.Array:
    """A function of every row's text, computed once for each distinct text of a dictionary.

    Args:
        column: of texts, as a dictionary or row by row.
        function: texts → as many values; what it gives for one text does not depend on the others.
    """
    if not is_encoded(column.type):
        return as_array(function(column))  # which is mostly smaller than the texts
    texts = as_array(column)
    return function(texts.dictionary).take(texts.indices)


def distinct_texts(column: Column) -> Column:
    """Every text of a column: those of a dictionary once, and possibly others that no row has."""
    return as_array(column).dictionary if is_encoded(column.type) else column


def plain(column: Column) -> pa.Array:
    """The text of every row."""
    texts = as_array(column)
    return texts.dictionary_decode() if is_encoded(texts.type) else texts


def plain_table(table: pa.Table) -> pa.Table:
    """The table with the text of every row in place of dictionaries."""
    fields = [field.with_type(pa.string()) if is_encoded(field.type) else field for field in table.schema]
    return table.cast(pa.schema(fields, table.schema.metadata))


def as_array(column: Column) -> pa.Array:
    """The column in one piece, which is no copy if it already is."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def cast_but_encoded(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with the types of a schema of the same columns; texts that are dictionaries stay so."""
    fields = [
        field.with_type(found) if pa.types.is_string(field.type) and is_encoded(found) else field
        for field, found in zip(schema, table.schema.types, strict=True)
    ]
    return table.cast(pa.schema(fields, schema.metadata))
