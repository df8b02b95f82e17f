"""The sections of the report on each axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import Group
from harness.attributes.origins import origins
from harness.metrics.calibration import Bin
from harness.report import gap_tables as report_gaps
from harness.report import heat_map as report_heat_map
from harness.report import reliability as report_reliability
from harness.report.estimated_groups import EstimateErrors, estimate_errors
from harness.report.gap_tables import GapTable, IndexRow
from harness.report.group_names import group_name
from harness.report.group_tables import GroupTable, MeasuredGroup, axis_title, group_table, sources
from harness.report.heat_map import HeatMap
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name
from harness.report.ranked_gaps import Gap, rows_of, uncompared
from harness.report.raters import RatersRow, rater_rows
from harness.report.run_curves import RunCurves
from harness.report.same_mix import axes_together

MAX_AXES = 12
UNTESTED_PER_AXIS = 12
FULL_AXES = 3
"""Up to as many axes are shown at full length."""


@dataclass(frozen=True, kw_only=True)
class AxisLimits:
    """How much of an axis is shown. Many axes share what a report of under 2 MB can hold."""

    groups: int
    gaps: int
    curves: int
    raters: int

    @classmethod
    def of(cls, num_axes: int) -> AxisLimits:
        """The limits of each of some axes."""
        share = min(1.0, FULL_AXES / max(num_axes, 1))
        return cls(groups=int(40 * share), gaps=int(48 * share), curves=int(12 * share), raters=int(30 * share))


@dataclass(frozen=True)
class AxisSection:
    """The section of one attribute or intersection.

    Attributes:
        title: in words.
        sources: each of its attributes and its source.
        table: its groups.
        maps: heat maps, for an intersection.
        gaps: gaps between its groups; None if none was compared.
        untested: per metric the groups that were not compared, with reasons.
        indices: indices over all its groups.
        curves: the reliability bins of each tested group.
        raters: the system compared with human raters.
        num_more_raters: the rows of this comparison that are left out.
        num_more_curves: the tested groups whose bins are left out.
        together: the axes that it goes together with, and Cramér's V.
        errors: how it errs, if it is estimated; None if that is not known.
    """

    title: str
    sources: list[tuple[str, str]]
    table: GroupTable
    maps: list[HeatMap]
    gaps: GapTable | None
    untested: list[tuple[str, list[str]]]
    indices: list[IndexRow]
    curves: list[tuple[MeasuredGroup, list[Bin]]]
    raters: list[RatersRow]
    num_more_raters: int
    num_more_curves: int
    together: list[tuple[str, float]]
    errors: EstimateErrors | None


def axes(
    results: Results,
    table: pa.Table,
    *,
    ranked: Sequence[Gap],
    curves: RunCurves,
    attributes: Mapping[str, Any],
) -> tuple[list[AxisSection], int]:
    """The axes in the order of the plan, and how many more there are.

    Args:
        results: the levels of ``table``.
        table: the results.
        ranked: the gaps of the system, the worst first.
        curves: of the system.
        attributes: the plan's section on them.
    """
    stated = origins(attributes)
    compared = _compared(table, results.system)
    of_axes = report_gaps.index_rows(table, results.system)
    not_compared = uncompared(table, results.system)
    raters = rater_rows(table, results.system)
    together = axes_together(table, results.system)
    errors = estimate_errors(table, results.system)
    names = results.axes()[:MAX_AXES]
    limits = AxisLimits.of(len(names))
    found = []
    for name in names:
        groups = group_table(results, name, compared.get(name, []), limits.groups)
        tested = [group for group in groups.groups if group.reason is None]
        shown = [plot.metric for plots in groups.plots for plot in plots]
        bins = report_reliability.bins_of_tested(curves, name, tested, limits.curves)
        rated = raters.get(name, [])
        found.append(
            AxisSection(
                title=axis_title(results.attributes(name)),
                sources=sources(results.attributes(name), stated),
                table=groups,
                maps=report_heat_map.heat_maps(results, name, shown),
                gaps=report_gaps.gap_table(ranked, name, limits.gaps),
                untested=_untested(not_compared.get(name, [])),
                indices=of_axes.get(name, []),
                curves=bins,
                raters=rated[: limits.raters],
                num_more_raters=max(len(rated) - limits.raters, 0),
                num_more_curves=len(tested) - len(bins) if bins else 0,
                together=together.get(name, []),
                errors=errors.get(name),
            )
        )
    return found, max(len(results.axes()) - MAX_AXES, 0)


def _untested(rows: Sequence[tuple[str, Group, str]]) -> list[tuple[str, list[str]]]:
    """In words; metrics that leave out the same groups are combined."""
    by_metric: dict[str, list[str]] = {}
    for metric, group, reason in rows:
        by_metric.setdefault(metric_name(metric)[0], []).append(f"{group_name(group)} ({reason})")
    alike: dict[tuple[str, ...], list[str]] = {}
    for metric, names in by_metric.items():
        alike.setdefault(tuple(names), []).append(metric)
    return [(", ".join(metrics), _listed(names)) for names, metrics in alike.items()][:UNTESTED_PER_AXIS]


def _listed(names: Sequence[str]) -> list[str]:
    more = [f"{len(names) - UNTESTED_PER_AXIS} more"] if len(names) > UNTESTED_PER_AXIS else []
    return [*names[:UNTESTED_PER_AXIS], *more]


def _compared(table: pa.Table, system: str) -> dict[str, list[str]]:
    """The metrics that are compared on each axis."""
    found: dict[str, dict[str, None]] = {}
    for row in rows_of(table, system, "difference"):
        found.setdefault(row["axis"], {})[row["metric"]] = None
    return {axis: list(metrics) for axis, metrics in found.items()}
