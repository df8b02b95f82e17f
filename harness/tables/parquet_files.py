"""Tables on disk: Parquet, and CSV for people to read. The same rows give the same bytes, whole or not at all."""

from __future__ import annotations

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
    """Write a flat table as CSV with a header line, nulls as empty cells, whole or not at all."""
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
