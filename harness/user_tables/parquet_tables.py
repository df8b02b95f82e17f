"""Parquet as pandas, Polars and Spark write it."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import HarnessError
from harness.files import MAX_TABLE_BYTES
from harness.tables.parquet_files import readable
from harness.user_tables.raw_table import (
    MAX_COLUMNS,
    RawTable,
    require_few_rows,
    require_file_size,
)


def read_parquet_table(path: Path, max_rows: int | None) -> RawTable:
    """Read a Parquet file; rows and columns are counted in its footer first.

    Texts stay encoded as the dictionaries that the file has, so that a long one that stands in every row takes its
    place once.

    Raises:
        HarnessError: it is not Parquet, or has too many rows or columns.
    """
    require_file_size(path, MAX_TABLE_BYTES)
    try:
        with pq.ParquetFile(path) as file:
            require_few_rows(file.metadata.num_rows, max_rows, path)
            if file.metadata.num_columns > MAX_COLUMNS:
                raise HarnessError(f"{path}: over {MAX_COLUMNS:,} columns.")
            texts = [field.name for field in file.schema_arrow if _is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            return RawTable(readable(file.read()))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
