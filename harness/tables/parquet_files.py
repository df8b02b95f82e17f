"""Tables on disk: Parquet, and CSV for people to read, written atomically. The same rows give the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from harness.errors import HarnessError
from harness.files import atomic, regular, write_bytes
from harness.wording import printable

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet takes for a formula (OWASP, CSV Injection)."""

UNPACKED_BYTES = 2**30
MAX_EXPANSION = 100
"""A table of more than `UNPACKED_BYTES` is not read if it is so many times larger than its file."""

_WRITING: dict[str, Any] = {"compression": "zstd", "write_statistics": False}


def parquet_bytes(table: pa.Table, *, group_rows: int | None = None) -> bytes:
    """The bytes of the table's Parquet file; equal tables give equal bytes.

    Args:
        table: the table.
        group_rows: rows that can be read without the others; None leaves it to Arrow (a million).
    """
    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink, row_group_size=group_rows, **_WRITING)
    return bytes(sink.getvalue())


def write_parquet_pieces(pieces: Iterable[pa.Table], schema: pa.Schema, path: Path) -> None:
    """Write a table that is given in pieces, atomically: one is written while the next is made.

    Args:
        pieces: of this schema. Equal pieces give equal bytes, so their lengths must not differ from run to run.
        schema: with the metadata of the whole.
        path: the file.
    """
    with (
        atomic(path) as partial,
        pq.ParquetWriter(partial, schema, **_WRITING) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        written: Future[None] | None = None
        for piece in pieces:
            table = piece.combine_chunks().cast(schema)
            if written is not None:
                written.result()
            written = pool.submit(writer.write_table, table)
        if written is not None:
            written.result()


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write the table as Parquet, atomically."""
    write_bytes(parquet_bytes(table), path)


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV with a header line, nulls as empty cells, lists as JSON, atomically.

    Text is `printable`, and an apostrophe stands before one that a spreadsheet would compute (`FORMULAS`): a group
    that is named ``=HYPERLINK(…)`` stays a name. Numbers stay as they are.
    """
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            table = table.set_column(place, field.name, _as_json(table[field.name]))
        elif pa.types.is_string(field.type):
            table = table.set_column(place, field.name, _as_text(table[field.name]))
    with atomic(path) as partial:
        pyarrow.csv.write_csv(table, partial)


def read_parquet(path: Path) -> pa.Table:
    """Read a table.

    Raises:
        HarnessError: the file is absent, is not Parquet, or declares far more than its size can hold.
    """
    try:
        require_plausible(regular(path))
        return readable(pq.read_table(path, partitioning=None))
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such table. Is this the folder of a run?") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None


def require_plausible(path: Path) -> None:
    """Check before anything is unpacked that a Parquet file is not a few bytes that would fill the memory.

    Raises:
        ValueError: it declares far more than its size can hold.
    """
    metadata, size = pq.read_metadata(path), path.stat().st_size
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    declared = max(sum(group.total_byte_size for group in groups), metadata.num_rows * metadata.num_columns)
    if declared > max(MAX_EXPANSION * size, UNPACKED_BYTES):
        raise ValueError(
            f"its {size:,} bytes declare {declared:,} bytes or cells, more than tables are compressed"
        )


def readable(table: pa.Table) -> pa.Table:
    """The table, after a check that Python can read all of it: Parquet does not keep to what it declares.

    Raises:
        ValueError: a name or a text is not UTF-8, or an offset leads out of the data.
    """
    _ = table.column_names
    table.validate(full=True)
    return table


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    encoded = column.combine_chunks().dictionary_encode()
    texts = [printable(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(map(defused, texts), pa.string()).take(encoded.indices)


def defused(text: str) -> str:
    """The text of a cell, behind an apostrophe if a spreadsheet would compute it."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def as_before_defusing(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts without the apostrophe that `defused` has put before them."""
    return pc.replace_substring_regex(texts, r"^'([=+\-@\t\r])", r"\1")


def _as_json(lists: pa.ChunkedArray) -> pa.Array:
    texts = [
        None if each is None else printable(json.dumps(each, ensure_ascii=False)) for each in lists.to_pylist()
    ]
    return pa.array(texts, pa.string())
