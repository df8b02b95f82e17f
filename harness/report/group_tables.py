"""The groups of every axis with their metrics, as data for the templates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.attributes.group import EVERYBODY, Group
from harness.attributes.origins import Origin
from harness.known_metrics import facts_of
from harness.report.group_names import axis_name
from harness.report.levels_table import Results
from harness.report.metric_names import better, in_display_order, metric_name

METRICS_PER_AXIS = 8
METRICS_PER_TABLE = 2
"""The metrics per table; all tables but the first are folded."""


@dataclass(frozen=True)
class Plot:
    """A column of dots and intervals.

    Attributes:
        metric: its name in the results.
        name: in words.
        meaning: what it is.
        axis: the values at the left and right end.
        ticks: of its scale.
        overall: the value over all samples, None if there is none.
        has_chance: whether the chance level, which depends on the classes of each group, is drawn.
    """

    metric: str
    name: str
    meaning: str
    axis: tuple[float, float]
    ticks: tuple[float, ...]
    overall: float | None
    has_chance: bool


@dataclass(frozen=True)
class MeasuredGroup:
    """One group: its size and its rows by metric; if nothing is tested for it, the reason and one such row."""

    group: Group
    num_samples: int
    num_subjects: int
    cells: Mapping[str, dict[str, Any] | None]
    reason: str | None
    untested: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class GroupTable:
    """The groups of one axis.

    Attributes:
        plots: the columns, in tables of `METRICS_PER_TABLE` each.
        groups: in reading order, the largest where there are too many.
        num_hidden: the number of groups that are only in the results.
        reason: why nothing on this axis is tested.
    """

    plots: tuple[tuple[Plot, ...], ...]
    groups: tuple[MeasuredGroup, ...]
    num_hidden: int
    reason: str | None


def group_table(results: Results, axis: str, compared: Sequence[str], most: int) -> GroupTable:
    """The groups of an axis of the system under test.

    Args:
        results: what was measured.
        axis: its name in the results.
        compared: the metrics that are compared between its groups; if there are none, those that are always shown.
        most: how many groups are shown.
    """
    listed = results.groups(axis)
    refused = results.row(results.system, "coverage", axis) if listed == [EVERYBODY] else None
    metrics = in_display_order(compared)[:METRICS_PER_AXIS] or _always(results)
    groups = [] if refused else [_group(results, axis, group, metrics) for group in listed]
    largest = sorted(groups, key=lambda group: -group.num_subjects)[:most]
    shown = tuple(group for group in groups if group in largest)
    plots = [_plot(results, metric, shown) for metric in metrics]
    tables = tuple(tuple(plots[i : i + METRICS_PER_TABLE]) for i in range(0, len(plots), METRICS_PER_TABLE))
    return GroupTable(tables, shown, len(groups) - len(shown), refused["reason"] if refused else None)


def axis_title(attributes: Sequence[str]) -> str:
    """``sex``, ``skin_tone`` → "Sex × skin tone"."""
    title = axis_name(attributes)
    return title[:1].upper() + title[1:]


def sources(attributes: Sequence[str], origins: Mapping[str, Origin]) -> list[tuple[str, str]]:
    """Each attribute of an axis with its source, in words."""
    stated = [(name, origins.get(name)) for name in attributes]
    return [(name.replace("_", " "), origin.text if origin else "not stated by whom") for name, origin in stated]


def _always(results: Results) -> list[str]:
    return [metric for metric in results.metrics(results.system) if facts_of(metric).in_every_cell]


def _group(results: Results, axis: str, group: Group, metrics: Sequence[str]) -> MeasuredGroup:
    cells = {metric: results.row(results.system, metric, axis, group) for metric in metrics}
    known = [cell for cell in cells.values() if cell is not None]
    whole = results.row(results.system, "coverage", axis, group) or (known[0] if known else None)
    none_tested = bool(known) and all(cell["verdict"] == "not_tested" for cell in known)
    num_samples, num_subjects = (whole["n_samples"], whole["n_subjects"]) if whole else (0, 0)
    untested = known[0] if none_tested else None
    reason = untested["reason"] if untested else None
    return MeasuredGroup(group, num_samples, num_subjects, cells, reason, untested)


def _plot(results: Results, metric: str, groups: Sequence[MeasuredGroup]) -> Plot:
    overall = results.row(results.system, metric)
    cells = [overall, *(group.cells[metric] for group in groups)]
    ends = [abs(cell[end]) for cell in cells if cell for end in ("value", "lo", "hi") if cell[end] is not None]
    axis = _range(metric, max(ends, default=1.0))
    middle = (axis[0] + axis[1]) / 2
    ticks = (0.0, 0.25, 0.5, 0.75, 1.0) if axis == (0.0, 1.0) else (axis[0], middle, axis[1])
    has_chance = any(cell["chance"] is not None for cell in cells if cell)
    return Plot(metric, *metric_name(metric), axis, ticks, overall["value"] if overall else None, has_chance)


def _range(metric: str, most: float) -> tuple[float, float]:
    """The whole range of a bounded metric that should be high, such as 0 to 1; otherwise up to the maximum."""
    direction, facts = better(metric), facts_of(metric)
    if direction == "higher" and facts.is_bounded:
        return facts.low, facts.high
    signed = direction == "zero" or (direction == "higher" and facts.low < 0)
    return (-rounded_up(most) if signed else 0.0), rounded_up(most)


def rounded_up(value: float) -> float:
    """The smallest round number (0.8, 1, 1.5, 2, 3, 4, 6, 8, 10, …) that is not below a value."""
    if not 0 < value < math.inf:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        (step * power for step in (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0) if value <= step * power), 10 * power
    )
