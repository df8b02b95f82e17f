"""The results table: one row per number that we claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.schemas import (
    CLEAN,
    RESULTS,
    STATISTICS,
    VERDICTS,
)
from harness.tables.validation import (
    require_values,
)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number that we claim: a row of `RESULTS`. Non-finite values become null, never zero."""

    dataset: str
    model: str
    metric: str
    value: float | None
    n_samples: int
    n_subjects: int
    n_unscored: int
    condition: str = CLEAN
    statistic: str = "level"
    axis: str = "overall"
    group: str = "all"
    lo: float | None = None
    hi: float | None = None
    level: float | None = None
    method: str | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    threshold: float | None = None
    verdict: str | None = None
    reason: str | None = None


def results_table(rows: Iterable[Result]) -> pa.Table:
    """Build the results table; values that are not finite become null."""
    listed = list(rows)
    columns = {
        field.name: _finite(pa.array(list(map(attrgetter(field.name), listed)), field.type)) for field in RESULTS
    }
    table = pa.table(columns, schema=RESULTS)
    require_values(table, "statistic", STATISTICS, "results")
    require_values(table, "verdict", VERDICTS, "results")
    return table


def _finite(column: pa.Array) -> pa.Array:
    """The column with null in place of what is no finite number."""
    if not pa.types.is_floating(column.type):
        return column
    return pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
