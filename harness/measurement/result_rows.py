"""What many rows of results and curves have in common: the model and its condition, and whom the row is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.attributes.group import EVERYBODY, Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.curves import Curve
from harness.tables.results import Result


@dataclass(frozen=True)
class Scope:
    """Whom a row is about.

    Attributes:
        axis: what it is called.
        attributes: that it is made of; none over all samples.
        group: of the axis.
        versus: the group that it is compared with; None where it is not.
    """

    axis: str
    attributes: tuple[str, ...]
    group: Group = EVERYBODY
    versus: Group | None = None

    @classmethod
    def on(cls, groups: Groups, group: Group = EVERYBODY, versus: Group | None = None) -> Scope:
        """On the axis of these groups."""
        return cls(groups.axis, groups.attributes, group, versus)

    def columns(self) -> dict[str, Any]:
        """The columns of the results that say it."""
        return {
            "axis": self.axis,
            "attributes": self.attributes,
            "group": self.group.name,
            "group_values": self.group.values,
            "versus": self.versus.name if self.versus else None,
            "versus_values": self.versus.values if self.versus else None,
        }


OVERALL = Scope("overall", ())


@dataclass(frozen=True)
class RowFactory:
    """Names and settings of a run, for every row that is made of it.

    Attributes:
        dataset: its name.
        model: its name.
        condition: its name.
        settings: of the measurement.
        versus_model: the model that this one is compared with; None where it is not.
    """

    dataset: str
    model: str
    condition: str
    settings: MeasureSettings
    versus_model: str | None = None

    def result(self, scope: Scope = OVERALL, **columns: Any) -> Result:
        """A row of the results."""
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            versus_model=self.versus_model,
            **scope.columns(),
            **columns,
        )

    def curve(self, scope: Scope = OVERALL, **columns: Any) -> Curve:
        """A row of the curves."""
        return Curve(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            axis=scope.axis,
            attributes=scope.attributes,
            group=scope.group.name,
            group_values=scope.group.values,
            **columns,
        )
