"""Tables on disk: Parquet, and CSV for people to read. The same rows give the same bytes, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from harness.errors import HarnessError
from harness.files import atomic, write_bytes


def parquet_bytes(table: pa.Table) -> bytes:
    """The bytes of the table's Parquet file; equal tables give equal bytes."""
    sink = pa.BufferOutputStream()
    pq.write_table(table.combine_chunks(), sink, compression="zstd", write_statistics=False)
    return bytes(sink.getvalue())


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write the table as Parquet, whole or not at all."""
    write_bytes(parquet_bytes(table), path)


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV with a header line, nulls as empty cells, lists as JSON, whole or not at all."""
    for place, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            table = table.set_column(place, field.name, _as_json(table[field.name]))
    with atomic(path) as partial:
        pyarrow.csv.write_csv(table, partial)


def read_parquet(path: Path) -> pa.Table:
    """Read a table.

    Raises:
        HarnessError: the file is absent or is not Parquet.
    """
    try:
        return pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such table. Is this the folder of a run?") from None
    except (pa.ArrowException, OSError) as error:
        raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None


def _as_json(lists: pa.ChunkedArray) -> pa.Array:
    texts = [None if each is None else json.dumps(each, ensure_ascii=False) for each in lists.to_pylist()]
    return pa.array(texts, pa.string())
