"""The results table: one row per number that we claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from harness.tables.row_tables import table_of
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
    table = table_of(rows, RESULTS)
    require_values(table, "statistic", STATISTICS, "results")
    require_values(table, "verdict", VERDICTS, "results")
    return table
