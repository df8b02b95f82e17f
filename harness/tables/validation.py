"""Validation of tables: each function returns silently or raises an error that says what was found, and where.

All of them raise `HarnessError`. ``name`` and ``where`` are the name of the table in messages.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.encoded_texts import as_array, distinct_texts, is_encoded, is_text, of_texts
from harness.tables.schemas import SUBJECT_RANK

MAX_TEXT = 4096


def conform(
    table: pa.Table,
    schema: pa.Schema,
    name: str,
    extra_prefixes: tuple[str, ...] = (),
    *,
    encoded: bool = False,
) -> pa.Table:
    """The table with the schema's types and its columns first; others must start with one of the prefixes.

    With ``encoded``, texts that are dictionaries stay so.
    """
    repeated = [column for column, times in Counter(table.column_names).items() if times > 1]
    if repeated:
        raise HarnessError(f"{name}: there are several columns {repeated[0]!r}.")
    missing = [field.name for field in schema if field.name not in table.column_names]
    if missing:
        raise HarnessError(f"{name}: column {', '.join(missing)} is missing. It has {table.column_names}.")
    extra = [column for column in table.column_names if column not in schema.names]
    unknown = [column for column in extra if not column.startswith(extra_prefixes)] if extra_prefixes else extra
    if unknown:
        hint = f" Further columns start with {' or '.join(extra_prefixes)}." if extra_prefixes else ""
        raise HarnessError(f"{name}: unknown column {', '.join(unknown)}.{hint}")
    for field in schema:
        if encoded and pa.types.is_string(field.type) and is_encoded(table[field.name].type):
            continue
        try:
            column = table[field.name].cast(field.type)
        except pa.ArrowException as error:
            raise HarnessError(f"{name}: column {field.name} is not of type {field.type} ({error}).") from None
        table = table.set_column(
            table.schema.get_field_index(field.name), pa.field(field.name, field.type), column
        )
    return table.select([*schema.names, *extra])


def with_extra(schema: pa.Schema, table: pa.Table) -> pa.Schema:
    """The schema with the table's further columns, which must be text or numbers; empty ones become text."""
    extra = [table.schema.field(name) for name in table.column_names if name not in schema.names]
    for field in extra:
        scalar = is_text(field.type) or pa.types.is_floating(field.type)
        context = pa.types.is_integer(field.type) or pa.types.is_boolean(field.type)
        if field.name == SUBJECT_RANK:
            if not pa.types.is_integer(field.type):
                raise HarnessError(f"samples: column {field.name} has type {field.type}; use whole numbers.")
        elif not (scalar or pa.types.is_null(field.type) or (context and field.name.startswith("ctx."))):
            raise HarnessError(f"samples: column {field.name} has type {field.type}; use text or numbers.")
    retyped = [pa.field(f.name, pa.string()) if pa.types.is_null(f.type) else f for f in extra]
    return pa.schema([*schema, *retyped])


def require_present(table: pa.Table, schema: pa.Schema, name: str) -> None:
    """Check that columns that are not nullable have no empty cells."""
    for field in schema:
        count = table[field.name].null_count
        if not field.nullable and count:
            row = pc.index(pc.is_null(table[field.name]), True).as_py()
            raise HarnessError(f"{name}: column {field.name} is empty in {count} rows, first in row {row + 1}.")


def require_unique(table: pa.Table, name: str) -> None:
    """Check that every ``sample_id`` is unique."""
    if pc.count_distinct(table["sample_id"]).as_py() == table.num_rows:
        return
    counts = pc.value_counts(table["sample_id"])
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        raise HarnessError(f"{name}: {len(repeated)} sample_id values repeat, such as {repeated[0].as_py()!r}.")


def require_values(table: pa.Table, column: str, allowed: tuple[str, ...], name: str) -> None:
    """Check that a column contains only the allowed values and nulls."""
    found = [value for value in pc.unique(table[column]).to_pylist() if value not in (*allowed, None)]
    if found:
        raise HarnessError(f"{name}: {column} is {found[0]!r}; expected one of {', '.join(allowed)}.")


def require_range(table: pa.Table, column: str, low: float, high: float) -> None:
    """Check that a column of samples lies within bounds."""
    values = pc.drop_null(table[column])
    inside = pc.and_(pc.greater_equal(values, low), pc.less_equal(values, high))
    if len(values) and not pc.all(inside).as_py():
        bad = values.filter(pc.invert(inside))[0].as_py()
        row = pc.index(table[column], pa.scalar(bad, values.type)).as_py() + 1
        raise HarnessError(
            f"samples: {column} is {bad}; it is scaled to [{low:g}, {high:g}]. First in row {row}. A scale from "
            "a to b becomes that by 2 * (x - a) / (b - a) - 1."
        )


def require_short(table: pa.Table, name: str) -> None:
    """Check that no text is longer than `MAX_TEXT`: names and labels occur in every table and in the report."""
    for column in table.column_names:
        if is_text(table.schema.field(column).type):
            longest = pc.max(pc.binary_length(distinct_texts(table[column]))).as_py() or 0
            if longest > MAX_TEXT:
                longest = pc.max(of_texts(table[column], pc.utf8_length)).as_py()
            if longest > MAX_TEXT:
                raise HarnessError(
                    f"{name}: column {column} has a text of {longest:,} characters; at most {MAX_TEXT:,}."
                )


def require_texts(values: object) -> list[str]:
    """Check that a value is a list of texts, none longer than `MAX_TEXT`; raises ``TypeError`` otherwise."""
    if not isinstance(values, list) or not all(isinstance(text, str) and len(text) <= MAX_TEXT for text in values):
        raise TypeError("not a list of texts")
    return values


def require_known_ids(found: pa.ChunkedArray, known: pa.ChunkedArray, where: str) -> None:
    """Check that the ids in a table are among the known ones."""
    unknown = found.filter(pc.invert(pc.is_in(found, value_set=known)))
    if len(unknown):
        first = pc.min(unknown).as_py()
        raise HarnessError(f"{where}: {len(unknown)} sample_id values are not samples, such as {first!r}.")


def require_same_ids(found: pa.ChunkedArray, known: pa.ChunkedArray, where: str) -> None:
    """Check that the ids in a table are exactly the known ones."""
    if found.equals(known):
        return
    require_known_ids(found, known, where)
    missing = known.filter(pc.invert(pc.is_in(known, value_set=found)))
    if len(missing):
        raise HarnessError(
            f"{where}: {len(missing)} of {len(known)} samples have no row, such as {pc.min(missing).as_py()!r}. A "
            "sample without a score is a row with outcome 'failed' or 'abstained' and a reason."
        )


def refuse(rows: pa.Table, bad: pa.ChunkedArray, where: str, column: str, problem: str) -> None:
    """Raise an error if any row is bad; the message shows the first one with its value in ``column``."""
    first = pc.index(bad, True).as_py()
    if first >= 0:
        sample_id, found = rows["sample_id"][first].as_py(), rows[column][first].as_py()
        raise HarnessError(f"{where}, sample {sample_id!r}: {column} is {found!r}, {problem}.")


def has_non_finite(lists: pa.ChunkedArray) -> pa.Array:
    """Whether each list contains a null, NaN or infinity."""
    lists = as_array(lists)
    values = pc.list_flatten(lists)
    if not values.null_count and np.isfinite(values.to_numpy()).all():
        return pa.repeat(pa.scalar(False), len(lists))
    finite = pc.fill_null(pc.is_finite(values), False)
    bad_rows = pc.unique(pc.list_parent_indices(lists).filter(pc.invert(finite)))
    return pc.is_in(pa.array(range(len(lists)), pa.int64()), value_set=bad_rows.cast(pa.int64()))
