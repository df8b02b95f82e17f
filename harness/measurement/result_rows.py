"""Rows of results and curves: what many of them share, and the groups that a row is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.attributes.group import EVERYBODY, Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.curves import Curve
from harness.tables.results import Result, ResultBlock


@dataclass(frozen=True)
class Scope:
    """Which samples a row is about: all of them, a group, or a group compared with another.

    Attributes:
        axis: the name of the axis.
        attributes: the attributes of the axis; empty for all samples.
        group: a group of the axis.
        versus: the group that it is compared with; None if there is none.
    """

    axis: str
    attributes: tuple[str, ...]
    group: Group = EVERYBODY
    versus: Group | None = None

    @classmethod
    def on(cls, groups: Groups, group: Group = EVERYBODY, versus: Group | None = None) -> Scope:
        """A scope on the axis of these groups."""
        return cls(groups.axis, groups.attributes, group, versus)

    def columns(self) -> dict[str, Any]:
        """The columns of the results that state the scope."""
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
    """Makes rows of results and curves for one model under one condition.

    Attributes:
        dataset: its name.
        model: its name.
        condition: its name.
        settings: of the measurement.
        versus_model: the model that this one is compared with; None if there is none.
        versus_condition: the condition that this one is compared with; None if there is none.
    """

    dataset: str
    model: str
    condition: str
    settings: MeasureSettings
    versus_model: str | None = None
    versus_condition: str | None = None

    def result(self, scope: Scope = OVERALL, **columns: Any) -> Result:
        """A row of the results."""
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            versus_model=self.versus_model,
            versus_condition=self.versus_condition,
            **scope.columns(),
            **columns,
        )

    def block(self, scope: Scope, columns: Mapping[str, Sequence[Any]], **shared: Any) -> ResultBlock:
        """Rows of the results that share most columns.

        Args:
            scope: of all rows, but for what the columns state.
            columns: those that differ from row to row, see `ResultBlock`.
            shared: other columns, the same for all rows.
        """
        nothing = {"metric": "", "value": None, "n_samples": 0, "n_subjects": 0, "n_unscored": 0}
        return ResultBlock(self.result(scope, **nothing | shared), columns)

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
