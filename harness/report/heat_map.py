"""An intersection as a heat map: its first attribute across, the others down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.attributes.group import Group
from harness.report.group_names import CROSS
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name

SHADES = 9
MAX_MAPS = 4


@dataclass(frozen=True)
class Cell:
    """One combination of groups.

    Attributes:
        row: its row of the results; None if the combination is not listed.
        shrunken: its row after shrinkage, if there is one.
        shade: 0 without a value, 1 to 9 from the lowest to the highest value of the map.
    """

    row: dict[str, Any] | None
    shrunken: dict[str, Any] | None
    shade: int


@dataclass(frozen=True)
class HeatMap:
    """One metric on one intersection; ``least`` and ``most`` are the values of the lightest and darkest shade."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]
    least: float | None
    most: float | None
    has_shrunken: bool


def heat_maps(results: Results, axis: str, metrics: Sequence[str]) -> list[HeatMap]:
    """The heat maps of an intersection, one per metric; none for an axis of one attribute."""
    if len(results.attributes(axis)) < 2:
        return []
    cells = [group.values for group in results.groups(axis) if group.values and not group.is_unknown]
    across = list(dict.fromkeys(first for first, *_ in cells))
    down = list(dict.fromkeys(tuple(others) for _, *others in cells))
    return [_map(results, axis, metric, across, down) for metric in metrics[:MAX_MAPS]] if cells else []


def _map(
    results: Results, axis: str, metric: str, across: Sequence[str], down: Sequence[tuple[str, ...]]
) -> HeatMap:
    places = {(first, others): Group.of(first, *others) for first in across for others in down}
    found = {place: results.row(results.system, metric, axis, group) for place, group in places.items()}
    values = [cell["value"] for cell in found.values() if cell and cell["value"] is not None]
    least, most = (min(values), max(values)) if values else (None, None)
    cells = {
        place: Cell(
            cell,
            results.shrunken(metric, axis, places[place]) if cell and cell["value"] is not None else None,
            _shade(cell["value"] if cell else None, least, most),
        )
        for place, cell in found.items()
    }
    return HeatMap(
        metric_name(metric)[0],
        tuple(across),
        tuple((CROSS.join(others), tuple(cells[first, others] for first in across)) for others in down),
        least,
        most,
        any(cell.shrunken and cell.shrunken["value"] is not None for cell in cells.values()),
    )


def _shade(value: float | None, least: float | None, most: float | None) -> int:
    if value is None or least is None or most is None:
        return 0
    share = (value - least) / (most - least) if most > least else 0.5
    return int(np.clip(np.ceil(SHADES * share), 1, SHADES))
