"""Access to the metric levels in the results, by model, metric and group."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.attributes.group import EVERYBODY, Group
from harness.metrics.metric_facts import Shown
from harness.report.metric_names import shown_in
from harness.tables.results import select
from harness.tables.schemas import CLEAN


class Results:
    """The levels under one condition.

    Args:
        results: the results table.
        system: the name of the system under test.
        condition: by default clean media.
    """

    def __init__(self, results: pa.Table, system: str, condition: str = CLEAN) -> None:
        self.system = system
        levels, shrunken = (
            select(results, kind=kind, condition=condition, statistic="level") for kind in ("metric", "shrunken")
        )
        self._rows = _by_place(levels)
        self._shrunken = _by_place(shrunken)
        self._groups: dict[str, dict[Group, None]] = {}
        self._attributes: dict[str, tuple[str, ...]] = {}
        for (model, _, axis, group), row in self._rows.items():
            if model == system and axis != "overall":
                self._groups.setdefault(axis, {})[group] = None
                self._attributes[axis] = tuple(row["attributes"])

    def row(
        self, model: str, metric: str, axis: str = "overall", group: Group = EVERYBODY
    ) -> dict[str, Any] | None:
        """The row, or None. The value of an untested group is removed: it would describe single persons."""
        found = self._rows.get((model, metric, axis, group))
        if found is not None and axis != "overall" and found["verdict"] == "not_tested":
            return {**found, "value": None, "lo": None, "hi": None}
        return found

    def parts(self, metric: str) -> dict[str, dict[str, Any]]:
        """Of the system over all samples, the rows of a metric that is measured for each class, by class."""
        return {
            name.partition(":")[2]: row
            for (model, name, axis, group), row in self._rows.items()
            if (model, axis, group) == (self.system, "overall", EVERYBODY) and name.startswith(f"{metric}:")
        }

    def shrunken(self, metric: str, axis: str, group: Group) -> dict[str, Any] | None:
        """The shrunken row of the system in a cell of an intersection; or None."""
        return self._shrunken.get((self.system, metric, axis, group))

    def metrics(self, model: str) -> list[str]:
        """The metrics of a model over all samples that the headline table shows, in its order."""
        found = [
            metric
            for name, metric, axis, group in self._rows
            if (name, axis, group) == (model, "overall", EVERYBODY)
        ]
        return shown_in(found, Shown.REPORT)

    def axes(self) -> list[str]:
        """The axes of the system in the order of the table."""
        return list(self._groups)

    def attributes(self, axis: str) -> tuple[str, ...]:
        """The attributes that an axis is made of."""
        return self._attributes[axis]

    def groups(self, axis: str) -> list[Group]:
        """The groups of an axis in the order of the table."""
        return list(self._groups.get(axis, ()))

    def methods(self) -> list[str]:
        """The methods of the intervals."""
        return sorted({row["method"] for row in self._rows.values() if row["method"]})


def _by_place(rows: pa.Table) -> dict[tuple[str, str, str, Group], dict[str, Any]]:
    return {(row["model"], row["metric"], row["axis"], Group.of_row(row)): row for row in rows.to_pylist()}
