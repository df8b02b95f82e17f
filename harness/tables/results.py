"""The results table: one row per number that we claim, written and read by its columns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from harness.tables.schemas import CLEAN, KINDS, RESULTS, STATISTICS, VERDICTS
from harness.tables.validation import require_values


@dataclass(frozen=True, kw_only=True)
class Result:
    """One number that we claim: a row of `RESULTS`. Non-finite values become null, never zero.

    What each column says stands in ``docs/results.md``.
    """

    dataset: str
    model: str
    metric: str
    value: float | None
    n_samples: int
    n_subjects: int
    n_unscored: int
    condition: str = CLEAN
    kind: str = "metric"
    statistic: str = "level"
    index: str | None = None
    axis: str = "overall"
    attributes: tuple[str, ...] = ()
    group: str = "all"
    group_values: tuple[str, ...] | None = None
    versus: str | None = None
    versus_values: tuple[str, ...] | None = None
    versus_model: str | None = None
    versus_condition: str | None = None
    lo: float | None = None
    hi: float | None = None
    level: float | None = None
    method: str | None = None
    null_mean: float | None = None
    null_lo: float | None = None
    null_hi: float | None = None
    threshold: float | None = None
    verdict: str | None = None
    reason: str | None = None


def results_table(rows: Iterable[Result]) -> pa.Table:
    """Build the results table; values that are not finite become null."""
    listed = list(rows)
    columns = {
        field.name: pa.array([_finite(getattr(row, field.name)) for row in listed], field.type)
        for field in RESULTS
    }
    table = pa.table(columns, schema=RESULTS)
    require_values(table, "kind", KINDS, "results")
    require_values(table, "statistic", STATISTICS, "results")
    require_values(table, "verdict", VERDICTS, "results")
    return table


def select(
    results: pa.Table, *, kind: str = "metric", condition: str | None = CLEAN, **wanted: str | None
) -> pa.Table:
    """The rows of one kind and condition that have the wanted values in some columns.

    Differences between models or conditions are left out where the model or condition that they are taken from is
    not named: a row of a system less the raters is no row of the system.

    Args:
        results: the results table.
        kind: of the rows.
        condition: of the rows; None takes all.
        wanted: column → its value; None asks for rows without one.
    """
    values = {"kind": kind, "versus_model": None, "versus_condition": None, **wanted}
    if condition is not None:
        values["condition"] = condition
    for column, value in values.items():
        cells = results[column]
        results = results.filter(pc.is_null(cells) if value is None else pc.equal(cells, value))
    return results


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
