"""The levels among the results, by what they are about."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.metrics.metric_facts import Shown
from harness.report.metric_names import shown_in
from harness.tables.schemas import CLEAN


class Results:
    """The levels of the clean condition.

    Args:
        results: the results table.
        system: the name of the system under test.
    """

    def __init__(self, results: pa.Table, system: str) -> None:
        self.system = system
        levels = results.filter(
            pc.and_(pc.equal(results["condition"], CLEAN), pc.equal(results["statistic"], "level"))
        )
        self._rows = {(row["model"], row["metric"], row["axis"], row["group"]): row for row in levels.to_pylist()}
        own = [(axis, group) for model, _, axis, group in self._rows if model == system and axis != "overall"]
        self._groups: dict[str, dict[str, None]] = {}
        for axis, group in own:
            self._groups.setdefault(axis, {})[group] = None

    def row(self, model: str, metric: str, axis: str = "overall", group: str = "all") -> dict[str, Any] | None:
        """The row, or None. The value of a group that is not tested is left out: it tells of single persons."""
        found = self._rows.get((model, metric, axis, group))
        if found is not None and axis != "overall" and found["verdict"] == "not_tested":
            return {**found, "value": None, "lo": None, "hi": None}
        return found

    def metrics(self, model: str) -> list[str]:
        """The metrics of a model over all samples, those of the headline table in its order."""
        found = [
            metric for name, metric, axis, group in self._rows if (name, axis, group) == (model, "overall", "all")
        ]
        return shown_in(found, Shown.REPORT)

    def axes(self) -> list[str]:
        """The axes of the system in the order of the table."""
        return list(self._groups)

    def groups(self, axis: str) -> list[str]:
        """The groups of an axis in the order of the table."""
        return list(self._groups.get(axis, ()))

    def methods(self) -> list[str]:
        """How the intervals were made."""
        return sorted({row["method"] for row in self._rows.values() if row["method"]})
