"""The axes of charts of differences, in the units of the metric."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.known_metrics import facts_of
from harness.report.charts import DrawnDifference
from harness.report.group_tables import rounded_up

TOLERANCES_IN_VIEW = 1.5
"""How much of the accepted range every chart shows to each side, in tolerances."""


@dataclass(frozen=True)
class GapScale:
    """An axis of differences.

    Attributes:
        axis: the values at its left and right end, below and above zero.
        ticks: of its scale.
    """

    axis: tuple[float, float]
    ticks: tuple[float, ...]


def gap_scale(metric: str, shown: Iterable[DrawnDifference]) -> GapScale:
    """The axis for differences in a metric, or in metrics of the same range.

    It ends at round numbers outside all intervals, and never beyond the largest difference that the metric's range
    allows: that of a rate within -1 to 1.
    """
    gaps = list(shown)
    values = [
        end for gap in gaps for end in (gap.value, gap.lo, gap.hi, gap.null_lo, gap.null_hi) if end is not None
    ]
    accepted = [TOLERANCES_IN_VIEW * gap.tolerance for gap in gaps if gap.tolerance is not None]
    left, right = (_end(metric, max([0.0, *accepted, *side])) for side in ([-value for value in values], values))
    return GapScale((-left, right), (-left, 0.0, right))


def same_range(metrics: Sequence[str]) -> list[tuple[str, ...]]:
    """Metrics in groups that can share an axis, in the order of their first: those of one range, such as rates."""
    found: dict[object, list[str]] = {}
    for metric in dict.fromkeys(metrics):
        found.setdefault(_range(metric) or metric, []).append(metric)
    return [tuple(group) for group in found.values()]


def _end(metric: str, most: float) -> float:
    limits = _range(metric)
    end = rounded_up(most)
    return min(end, limits[1] - limits[0]) if limits else end


def _range(metric: str) -> tuple[float, float] | None:
    """The smallest and largest value on the scale of comparison, which is that of the root for a square."""
    facts = facts_of(metric)
    if not facts.is_bounded:
        return None
    return (0.0, facts.high**0.5) if facts.squared else (facts.low, facts.high)
