"""Columns of numbers of a large CSV table with a header."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.signals.undecodable import undecodable

MAX_TABLE_BYTES = 2**30


def number_columns(path: Path, names: Sequence[str]) -> dict[str, Floats]:
    """The columns by name, NaN where a cell is empty.

    Raises:
        Unscored: the file is missing, over 1 GiB, has no rows, lacks a column, or one holds anything but numbers.
    """
    try:
        if path.stat().st_size > MAX_TABLE_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_TABLE_BYTES // 2**30} GiB")
        table = pyarrow.csv.read_csv(
            path,
            convert_options=pyarrow.csv.ConvertOptions(
                include_columns=names,
                column_types=dict.fromkeys(names, pa.float64()),
                null_values=["", "NaN", "nan"],
            ),
        )
    except (pa.ArrowException, OSError, KeyError):
        raise undecodable(path, f"a CSV table with the columns {', '.join(names)}, separated by commas") from None
    if not table.num_rows:
        raise Unscored(Reason.EMPTY, "no rows")
    return {name: table[name].to_numpy() for name in names}
