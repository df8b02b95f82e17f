"""One model under one condition: what all its rows in results and curves have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.measurement.measure_settings import MeasureSettings
from harness.tables.curves import Curve
from harness.tables.results import Result


@dataclass(frozen=True)
class Run:
    """Names and settings of a run, for every row that is made of it."""

    dataset: str
    model: str
    condition: str
    settings: MeasureSettings

    def result(self, **columns: Any) -> Result:
        """A row of the results."""
        return Result(dataset=self.dataset, model=self.model, condition=self.condition, **columns)

    def curve(self, **columns: Any) -> Curve:
        """A row of the curves."""
        return Curve(dataset=self.dataset, model=self.model, condition=self.condition, **columns)
