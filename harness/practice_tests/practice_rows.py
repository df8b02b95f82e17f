"""Rows of the results for what a practice test measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from harness.statistics.intervals import Interval
from harness.tables.results import Result


def measured_row(metric: str, found: tuple[float, Interval], level: float, columns: Mapping[str, Any]) -> Result:
    """A row without a verdict; a value that is undefined is null, with the reason why there is no interval.

    Args:
        metric: what is measured.
        found: the value and its interval.
        level: of the interval.
        columns: further columns of the row: dataset, model, group, numbers of samples and subjects.
    """
    value, interval = found
    notes = [note for note in (columns.get("note"), interval.reason) if note]
    stated: dict[str, Any] = {"note": "; ".join(notes) or None}
    bounds = {"lo": interval.lo, "hi": interval.hi, "level": level, "method": interval.method}
    row: dict[str, Any] = {
        "metric": metric,
        "kind": "practice",
        "value": finite(value),
        **columns,
        **bounds,
        **stated,
    }
    return Result(**row)


def finite(value: float) -> float | None:
    """The value; None where it is undefined."""
    return value if math.isfinite(value) else None
