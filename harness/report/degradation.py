"""Degradation curves: a metric over the severities of one family, clean media at 0."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.known_metrics import facts_of
from harness.report.condition_effects import ConditionEffects
from harness.tables.condition_names import family_and_severity

Row = Mapping[str, Any]

UNCHANGED = "unchanged"
MARGIN = 0.05
"""Of the width, on either side, so that the first and the last dot are whole."""


@dataclass(frozen=True)
class CurvePoint:
    """One severity with a value and its interval; ``lo`` and ``hi`` are None if there is none."""

    severity: float
    value: float
    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class DegradationCurve:
    """One metric over the severities of one family.

    Attributes:
        family: of the conditions.
        title: of the metric.
        points: clean media first.
        unchanged: the share of answers that are those to clean media, where it was measured; of classes only.
        chance: on clean media; None if there is none.
        axis: the values at the lower and the upper end of the chart.
    """

    family: str
    title: str
    points: Sequence[CurvePoint]
    unchanged: Sequence[CurvePoint]
    chance: float | None
    axis: tuple[float, float]

    @property
    def severity_axis(self) -> tuple[float, float]:
        """The severities at the left and the right end of the chart."""
        last = self.points[-1].severity
        return -MARGIN * last, (1 + MARGIN) * last

    @property
    def ticks(self) -> list[float]:
        """The severities that were measured, and 0."""
        return [point.severity for point in self.points]


def degradation_curves(effects: ConditionEffects) -> list[DegradationCurve]:
    """One for each family with at least two severities and each metric that can be compared with chance."""
    families: dict[str, dict[float, int]] = {}
    for index, effect in enumerate(effects.effects):
        family, severity = family_and_severity(effect.name)
        if severity is not None and severity > 0:
            families.setdefault(family, {})[severity] = index
    return [
        curve
        for family, indices in sorted(families.items())
        if len(indices) > 1
        for metric in effects.metrics
        if facts_of(metric).chance is not None
        and (curve := _curve(effects, family, dict(sorted(indices.items())), metric)) is not None
    ]


def _curve(
    effects: ConditionEffects, family: str, indices: Mapping[float, int], metric: str
) -> DegradationCurve | None:
    rows = {0.0: effects.clean.get(metric)}
    rows |= {severity: effects.effects[index].levels.get(metric) for severity, index in indices.items()}
    points = _points(rows)
    if len(points) < len(rows):
        return None
    facts = facts_of(metric)
    same = {severity: effects.effects[index].of_both.get(UNCHANGED) for severity, index in indices.items()}
    lowest = min(min(point.value, point.value if point.lo is None else point.lo) for point in points)
    clean = effects.clean[metric]
    return DegradationCurve(
        family=family,
        title=effects.metrics[metric],
        points=points,
        unchanged=_points(same) if facts.each is None else (),
        chance=clean["chance"],
        axis=(min(0.0, lowest), 1.0),
    )


def _points(rows: Mapping[float, Row | None]) -> list[CurvePoint]:
    return [
        CurvePoint(severity, row["value"], row["lo"], row["hi"])
        for severity, row in rows.items()
        if row is not None and row["value"] is not None
    ]
