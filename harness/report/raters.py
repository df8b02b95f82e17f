"""The system beside human raters on the same samples: overall, in every group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import LESS
from harness.report.metric_names import metric_name
from harness.report.ranked_gaps import rows_of
from harness.tables.schemas import RATERS

MAX_ROWS = 30


@dataclass(frozen=True)
class RatersRow:
    """One figure of the system beside the raters'.

    Attributes:
        metric: in words.
        about: the group or the two groups of a gap; empty for all samples.
        system: the system's own row; None where it is not shown.
        raters: the raters'.
        difference: the first less the second, with its interval.
    """

    metric: str
    about: str
    system: dict[str, Any] | None
    raters: dict[str, Any] | None
    difference: dict[str, Any]


def raters_rows(results: pa.Table, system: str) -> dict[str, list[RatersRow]]:
    """The rows of every axis, that of all samples under ``overall``."""
    own, raters = _by_place(results, system), _by_place(results, RATERS)
    found: dict[str, list[RatersRow]] = {}
    for row in rows_of(results, f"{system}{LESS}{RATERS}", "difference"):
        place = (row["metric"], row["axis"], row["group"])
        beside = found.setdefault(row["axis"], [])
        if row["value"] is not None and len(beside) < MAX_ROWS:
            about = "" if row["group"] == "all" else row["group"]
            beside.append(RatersRow(metric_name(row["metric"])[0], about, own.get(place), raters.get(place), row))
    return found


def _by_place(results: pa.Table, model: str) -> Mapping[tuple[str, str, str], dict[str, Any]]:
    """Levels and differences; the value of a group that is not tested is left out: it tells of single persons."""
    rows = [*rows_of(results, model, "level"), *rows_of(results, model, "difference")]
    return {
        (row["metric"], row["axis"], row["group"]): row
        for row in rows
        if row["axis"] == "overall" or row["verdict"] != "not_tested"
    }
