"""The system compared with human raters on the same samples: overall, per group, and for gaps between groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from harness.attributes.group import Group
from harness.report.metric_names import metric_name
from harness.report.ranked_gaps import rows_of
from harness.tables.schemas import RATERS


@dataclass(frozen=True)
class RatersRow:
    """One value of the system and of the raters.

    Attributes:
        metric: in words.
        group: the group.
        versus: the other group of a gap; None for a level.
        system: the system's row; None if it is not shown.
        raters: the raters' row.
        difference: the first minus the second, with its interval.
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
        if row["value"] is not None:
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
    """Levels and differences, without those of groups that are not tested: they would describe single persons."""
    rows = [*rows_of(results, model, "level"), *rows_of(results, model, "difference")]
    return {_place(row): row for row in rows if row["axis"] == "overall" or row["verdict"] != "not_tested"}
