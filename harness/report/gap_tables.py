"""The gaps in the report: a summary in words, a table per axis, and indices with their null ranges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import THE_REST, Group
from harness.attributes.grouping import SEARCH
from harness.report.gap_scale import GapScale, gap_scale, same_range
from harness.report.group_names import axis_name
from harness.report.metric_names import better, compared_name, in_display_order, metric_name
from harness.report.ranked_gaps import FOUND, Gap, rows_of, worst
from harness.verdicts.judge import JUDGED

MAX_SENTENCES = 6
METRICS_PER_SENTENCE = 4
GAPS_IN_VIEW = 8
MAX_INDEXED = 20

INDICES = {
    "max_min_difference": "Largest minus smallest",
    "max_min_ratio": "Largest over smallest",
    "between_group_sd": "SD between groups",
    "garbe": "GARBE",
    "global_test_p": "p, no group differs",
    "global_test_p_corrected": "p, corrected",
}
"""The indices of an axis in their order, in words."""

WORSE = {"higher": "lower", "lower": "higher", "zero": "farther from zero"}


@dataclass(frozen=True)
class GapSummary:
    """A summary of all gaps.

    Attributes:
        worse: (axis in words, group, its gaps) for gaps that the plan does not accept and groups that a search
            found, the worst first; each gap as (metric, direction, gap). The axis is empty for groups found by a
            search, whose names contain their attributes.
        num_more: such gaps that are left out.
        counts: gaps by verdict.
        num_beyond_chance: inconclusive gaps that are beyond chance, in the report as a whole.
        num_axes: the number of axes.
    """

    worse: tuple[tuple[str, Group, tuple[tuple[str, str, Gap], ...]], ...]
    num_more: int
    counts: dict[str, int]
    num_beyond_chance: int
    num_axes: int


@dataclass(frozen=True)
class GapBlock:
    """Gaps in metrics of one range, on one axis in their units."""

    gaps: tuple[Gap, ...]
    scale: GapScale


@dataclass(frozen=True)
class GapTable:
    """The gaps of one axis: those shown, those folded, and the number of those that are only in the results.

    Attributes:
        first: the worst gap of each metric and group.
        more: others, the worst first.
        num_more: the number of gaps of ``more``.
        num_hidden: the number of those left out.
    """

    first: tuple[GapBlock, ...]
    more: tuple[GapBlock, ...]
    num_more: int
    num_hidden: int

    @property
    def has_same_mix(self) -> bool:
        """Whether a gap is also given with one mix of something in both groups."""
        return any(gap.same_mix for block in self.first for gap in block.gaps)

    @property
    def has_corrected(self) -> bool:
        """Whether a gap is also given as corrected for the errors with which groups are estimated."""
        return any(gap.corrected for block in self.first for gap in block.gaps)


@dataclass(frozen=True)
class IndexRow:
    """The rows of the indices of one metric in the order of `INDICES`; None if one is not defined."""

    metric: str
    cells: tuple[dict[str, Any] | None, ...]


def gap_summary(ranked: Sequence[Gap]) -> GapSummary | None:
    """Summarise the gaps; None if none was compared."""
    if not ranked:
        return None
    counts = {str(verdict): sum(gap.verdict == verdict for gap in ranked) for verdict in JUDGED}
    found = [gap for gap in worst(ranked) if gap.verdict in ("not_met", FOUND)]
    by_group: dict[tuple[str, tuple[str, ...], Group], list[Gap]] = {}
    for gap in found:
        by_group.setdefault((gap.axis, gap.attributes, gap.worse), []).append(gap)
    said = [gaps[:METRICS_PER_SENTENCE] for gaps in list(by_group.values())[:MAX_SENTENCES]]
    return GapSummary(
        tuple((_axis_of(gaps[0]), gaps[0].worse, tuple(map(_in_words, gaps))) for gaps in said),
        len(found) - sum(map(len, said)),
        counts,
        sum(gap.verdict == "inconclusive" and gap.beyond_chance for gap in ranked),
        len({gap.axis for gap in ranked} - {SEARCH}),
    )


def _axis_of(gap: Gap) -> str:
    return "" if gap.axis == SEARCH else axis_name(gap.attributes)


def _in_words(gap: Gap) -> tuple[str, str, Gap]:
    return compared_name(gap.metric), WORSE[better(gap.metric)], gap


def gap_table(ranked: Sequence[Gap], axis: str, most: int) -> GapTable | None:
    """The gaps of an axis; None if none was compared.

    One gap per metric and group comes first. Gaps of a group that does better than the rest are left out, as its
    pairs with other groups show them; with two groups, each is the rest of the other.

    Args:
        ranked: the gaps of the system, the worst first.
        axis: its name in the results.
        most: how many gaps are shown.
    """
    found = [gap for gap in ranked if gap.axis == axis and gap.worse != THE_REST]
    if len({group for gap in found for group in (gap.worse, gap.than)} - {THE_REST}) == 2:
        found = [gap for gap in found if gap.than != THE_REST]
    first = worst(found)[:GAPS_IN_VIEW]
    if not first:
        return None
    shown = set(first)
    others = [gap for gap in found if gap not in shown]
    more = others[: most - len(first)]
    return GapTable(_blocks(first), _blocks(more), len(more), len(others) - len(more))


def _blocks(shown: Sequence[Gap]) -> tuple[GapBlock, ...]:
    """The gaps by the range of their metrics, each block in the given order."""
    blocks = [
        tuple(gap for gap in shown if gap.metric in metrics)
        for metrics in same_range([gap.metric for gap in shown])
    ]
    return tuple(GapBlock(gaps, gap_scale(gaps[0].metric, gaps)) for gaps in blocks)


def index_rows(results: pa.Table, model: str) -> dict[str, list[IndexRow]]:
    """The indices of every axis, one row per metric."""
    by_place: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows_of(results, model, "index"):
        by_place.setdefault((row["axis"], row["metric"]), {})[row["index"]] = row
    found: dict[str, list[IndexRow]] = {}
    for axis in dict.fromkeys(axis for axis, _ in by_place):
        metrics = in_display_order([metric for of_axis, metric in by_place if of_axis == axis])[:MAX_INDEXED]
        found[axis] = [
            IndexRow(metric_name(metric)[0], tuple(by_place[axis, metric].get(name) for name in INDICES))
            for metric in metrics
        ]
    return found
