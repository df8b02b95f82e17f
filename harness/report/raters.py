"""The system beside human raters on the same samples: overall, in every group, and the gaps between groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from harness.attributes.group import Group
from harness.report.metric_names import metric_name
from harness.report.ranked_gaps import rows_of
from harness.tables.schemas import RATERS

RATER_ROWS_PER_AXIS = 30


@dataclass(frozen=True)
class RatersRow:
    """One figure of the system beside the raters'.

    Attributes:
        metric: in words.
        group: that it is about.
        versus: the other group of a gap; None where it is none.
        system: the system's own row; None where it is not shown.
        raters: the raters'.
        difference: the first less the second, with its interval.
    """

    metric: str
    group: Group
    versus: Group | None
    system: dict[str, Any] | None
    raters: dict[str, Any] | None
    difference: dict[str, Any]


def rater_rows(results: pa.Table, system: str) -> dict[str, list[RatersRow]]:
    """The rows of every axis, that of all samples under ``overall``."""
    own, raters = _by_place(results, system), _by_place(results, RATERS)
    found: dict[str, list[RatersRow]] = {}
    for row in rows_of(results, system, "difference", versus_model=RATERS):
        place = _place(row)
        of_axis = found.setdefault(row["axis"], [])
        if row["value"] is not None and len(of_axis) < RATER_ROWS_PER_AXIS:
            name = metric_name(row["metric"])[0]
            of_axis.append(RatersRow(name, place.group, place.versus, own.get(place), raters.get(place), row))
    return found


class _Place(NamedTuple):
    metric: str
    axis: str
    group: Group
    versus: Group | None


def _place(row: Mapping[str, Any]) -> _Place:
    versus = None if row["versus"] is None else Group.of_row(row, "versus")
    return _Place(row["metric"], row["axis"], Group.of_row(row), versus)


def _by_place(results: pa.Table, model: str) -> Mapping[_Place, dict[str, Any]]:
    """Levels and differences; the value of a group that is not tested is left out: it tells of single persons."""
    rows = [*rows_of(results, model, "level"), *rows_of(results, model, "difference")]
    return {_place(row): row for row in rows if row["axis"] == "overall" or row["verdict"] != "not_tested"}
