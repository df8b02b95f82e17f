"""Gaps → what the report says of them: a summary in words, a table per axis, indices with what chance gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import REST, SEARCH, TIMES
from harness.report.check_findings import PREFIX as CHECK
from harness.report.group_tables import rounded_up
from harness.report.metric_names import better, in_order, metric_name
from harness.report.ranked_gaps import FOUND, VERDICTS, Gap, rows_of, worst

MAX_SENTENCES = 6
MAX_METRICS = 4
IN_VIEW = 8
MAX_ROWS = 48
MAX_INDEXED = 20
LEAST_REACH, MOST_REACH = 1.5, 6.0
"""A drawing shows no less and no more tolerances to a side; what lies beyond stands at its end."""

INDICES = {
    "max_min_difference": "Largest minus smallest",
    "max_min_ratio": "Largest over smallest",
    "between_group_sd": "SD between groups",
    "garbe": "GARBE",
    "global_test_p": "p, no group differs",
    "global_test_p_holm": "p, corrected",
}
"""The indices of an axis in their order, in words."""

WORSE = {"higher": "lower", "lower": "higher", "zero": "farther from zero"}


@dataclass(frozen=True)
class Summary:
    """All gaps in a few words.

    Attributes:
        worse: (axis, group, its gaps) of the gaps that the plan does not accept and of what a search found, the
            worst first; each gap as (metric, how it differs, gap).
        num_more: such gaps that are left out.
        counts: gaps by verdict.
        num_beyond_chance: of the inconclusive ones, those whose interval excludes no difference.
        num_axes: the axes that they are on.
    """

    worse: tuple[tuple[str, str, tuple[tuple[str, str, Gap], ...]], ...]
    num_more: int
    counts: dict[str, int]
    num_beyond_chance: int
    num_axes: int


@dataclass(frozen=True)
class GapTable:
    """The gaps of one axis: those in view, those that are folded, and how many stand in the results only.

    Attributes:
        first: the worst of each metric and group.
        more: others, the worst first.
        num_hidden: how many more there are.
        reach: from where to where the drawings of the first go, in tolerances.
        reach_of_more: those of the others.
    """

    first: tuple[Gap, ...]
    more: tuple[Gap, ...]
    num_hidden: int
    reach: tuple[float, float]
    reach_of_more: tuple[float, float]


@dataclass(frozen=True)
class Index:
    """A summary index of one metric on one axis, and its mean where groups are alike."""

    row: dict[str, Any]
    null_mean: float | None


@dataclass(frozen=True)
class IndexRow:
    """The indices of one metric in the order of `INDICES`; None where one is not defined."""

    metric: str
    cells: tuple[Index | None, ...]


def summary(ranked: Sequence[Gap]) -> Summary | None:
    """What the gaps come to; None where none was compared."""
    if not ranked:
        return None
    counts = {verdict: sum(gap.verdict == verdict for gap in ranked) for verdict in VERDICTS}
    found = [gap for gap in worst(ranked) if gap.verdict in ("not_met", FOUND)]
    by_group: dict[tuple[str, str], list[Gap]] = {}
    for gap in found:
        by_group.setdefault((gap.axis, gap.worse), []).append(gap)
    said = [(*place, gaps[:MAX_METRICS]) for place, gaps in list(by_group.items())[:MAX_SENTENCES]]
    return Summary(
        tuple((axis, group, tuple(map(_in_words, gaps))) for axis, group, gaps in said),
        len(found) - sum(len(gaps) for _, _, gaps in said),
        counts,
        sum(gap.verdict == "inconclusive" and gap.beyond_chance for gap in ranked),
        len({gap.axis for gap in ranked} - {SEARCH}),
    )


def _in_words(gap: Gap) -> tuple[str, str, Gap]:
    return metric_name(gap.metric)[0], WORSE[better(gap.metric)], gap


def gap_table(ranked: Sequence[Gap], axis: str) -> GapTable | None:
    """The gaps of an axis; None where none was compared.

    First one gap per metric and group. A group that does better than the rest is left to its pairs; of two groups,
    each is the other's rest.
    """
    found = [gap for gap in ranked if gap.axis == axis and gap.worse != REST]
    if len({name for gap in found for name in (gap.worse, gap.than)} - {REST}) == 2:
        found = [gap for gap in found if gap.than != REST]
    first = worst(found)[:IN_VIEW]
    if not first:
        return None
    shown = set(first)
    others = [gap for gap in found if gap not in shown]
    more = others[: MAX_ROWS - len(first)]
    return GapTable(tuple(first), tuple(more), len(others) - len(more), _reach(first), _reach(more))


def _reach(shown: Sequence[Gap]) -> tuple[float, float]:
    """From where to where a drawing of the gaps goes, in tolerances."""
    ends = [
        end / gap.unit
        for gap in shown
        for end in (gap.value, gap.lo, gap.hi, gap.null_lo, gap.null_hi)
        if end is not None
    ]
    low, high = (rounded_up(min(max([LEAST_REACH, *side]), MOST_REACH)) for side in ([-x for x in ends], ends))
    return -low, high


def group_name(name: str) -> str:
    """A group in words: ``female*65+`` → ``female × 65+``."""
    return "the rest" if name == REST else name.replace(TIMES, " \N{MULTIPLICATION SIGN} ")


def indices(results: pa.Table, model: str) -> dict[str, list[IndexRow]]:
    """The indices of every axis, one row per metric."""
    by_place: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows_of(results, model, "index"):
        if not row["metric"].startswith(CHECK):
            by_place.setdefault((row["axis"], row["metric"]), {})[row["group"]] = row
    found: dict[str, list[IndexRow]] = {}
    for axis in dict.fromkeys(axis for axis, _ in by_place):
        metrics = in_order([metric for of_axis, metric in by_place if of_axis == axis])[:MAX_INDEXED]
        found[axis] = [IndexRow(metric_name(metric)[0], _cells(by_place[axis, metric])) for metric in metrics]
    return found


def _cells(rows: Mapping[str, dict[str, Any]]) -> tuple[Index | None, ...]:
    nulls = {kind: rows.get(f"{kind}:null_mean", {}).get("value") for kind in INDICES}
    return tuple(Index(rows[kind], nulls[kind]) if kind in rows else None for kind in INDICES)
