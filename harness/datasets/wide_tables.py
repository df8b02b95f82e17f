"""A few columns of a CSV table whose other cells may be huge, such as outlines of everything in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from harness.errors import HarnessError
from harness.user_tables.csv_tables import unlike_name
from harness.user_tables.raw_table import require_few_rows, require_file_size

MAX_BYTES = 16 * 2**30
MAX_ROWS = 1_000_000
_BLOCK_BYTES = 64 * 2**20
"""A row must fit into one block."""


def wide_rows(path: Path, names: Sequence[str], required: Sequence[str]) -> list[dict[str, str]]:
    """One mapping per row; cells are stripped, and empty where the table has no such column.

    Args:
        path: a UTF-8 file with a header, read block by block.
        names: of the columns that are kept.
        required: those of them that must hold something.

    Raises:
        HarnessError: the file is missing, no such table, over 16 GiB or a million rows, or lacks a required
            column.
    """
    require_file_size(path, MAX_BYTES)
    convert = pyarrow.csv.ConvertOptions(
        include_columns=[*names],
        include_missing_columns=True,
        column_types=dict.fromkeys(names, pa.string()),
    )
    found: list[dict[str, str]] = []
    try:
        with pyarrow.csv.open_csv(
            path,
            read_options=pyarrow.csv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=convert,
        ) as reader:
            for batch in reader:
                require_few_rows(len(found) + batch.num_rows, MAX_ROWS, path)
                found += [{name: (cell or "").strip() for name, cell in row.items()} for row in batch.to_pylist()]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable CSV table ({str(error)[:200]}).") from None
    if missing := [name for name in required if not any(row[name] for row in found)]:
        otherwise = unlike_name(path)
        hint = f" It is separated by {otherwise}." if otherwise else ""
        raise HarnessError(f"{path}: no column {' and no column '.join(missing)}, or nothing in it.{hint}")
    return found
