"""The number of each row of the results, by which a page names the rows that a verdict stands in."""

from __future__ import annotations

import pyarrow as pa

NUMBER = "number"
"""The column with the numbers; it is never stored."""


def numbered(results: pa.Table) -> pa.Table:
    """The results with the number of each row in ``results.parquet``, from 0.

    Args:
        results: all of them, in the order in which they are stored.
    """
    return results.append_column(NUMBER, pa.array(range(results.num_rows), pa.int64()))
