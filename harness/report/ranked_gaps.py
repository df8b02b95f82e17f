"""Rows of results → gaps between groups, ranked, the group that it is worse for first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import THE_REST, Group
from harness.report.metric_names import better
from harness.tables.results import select
from harness.verdicts.judge import JUDGED

FOUND = "found"
"""Stands for a verdict where a search flagged a group: it has a threshold of its own, and no tolerance."""

RANK = {"not_met": 0, FOUND: 1, "inconclusive": 2, "met": 3}


@dataclass(frozen=True, kw_only=True)
class Gap:
    """How much worse a metric is in one group than in another.

    Attributes:
        metric: its name in the results.
        axis: the attribute or intersection; `SEARCH` for what a search over all combinations flagged.
        attributes: whose values make the groups.
        worse: the group that it is worse for.
        than: the other group; `THE_REST` for everybody else.
        value: the size of the difference, not negative.
        lo: of the simultaneous interval, turned as the value is: negative where the other group may be worse off.
        hi: likewise.
        null_lo: of the range of such gaps where groups are alike, likewise.
        null_hi: likewise.
        tolerance: what the plan accepts.
        verdict: ``not_met``, ``inconclusive`` or ``met``; `FOUND` of a search.
        reason: what else a reader must know.
        num_subjects: in both groups together.
    """

    metric: str
    axis: str
    attributes: tuple[str, ...]
    worse: Group
    than: Group
    value: float
    lo: float | None
    hi: float | None
    null_lo: float | None
    null_hi: float | None
    tolerance: float | None
    verdict: str
    reason: str | None
    num_subjects: int

    @property
    def beyond(self) -> float:
        """How far the interval lies outside the tolerance; not positive where it does not."""
        return -1.0 if self.lo is None else self.lo - (self.tolerance or 0.0)

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval excludes no difference, or where there is none, the null range the value."""
        if self.lo is not None:
            return self.lo > 0
        return self.null_hi is not None and self.value > self.null_hi


@dataclass(frozen=True)
class Untested:
    """A group that nothing is said about, or with `EVERYBODY` a whole axis; why."""

    axis: str
    group: Group
    num_subjects: int
    reason: str | None


def gaps(results: pa.Table, model: str) -> list[Gap]:
    """The gaps of one model that were judged or found, the worst first.

    First those that the plan does not accept, by how far their interval lies beyond the tolerance; then what a
    search found; then the inconclusive ones and the accepted ones, both by size, those beyond chance before the
    others.
    """
    levels = {
        (row["metric"], row["axis"], Group.of_row(row)): row["value"] for row in rows_of(results, model, "level")
    }
    rows = [*rows_of(results, model, "difference"), *rows_of(results, model, "difference", kind="search")]
    judged = ((row, _verdict(row)) for row in rows if row["value"] is not None)
    return sorted((_gap(row, verdict, levels) for row, verdict in judged if verdict), key=_rank)


def worst(ranked: Iterable[Gap]) -> list[Gap]:
    """One gap per metric and group that it is worse for: the first of the ranking.

    That a group does better than the rest is left to its pairs, which name the groups that do worse.
    """
    first: dict[tuple[str, str, tuple[str, ...], Group], Gap] = {}
    for gap in ranked:
        if gap.worse != THE_REST:
            first.setdefault((gap.metric, gap.axis, gap.attributes, gap.worse), gap)
    return list(first.values())


def untested(results: pa.Table, model: str) -> list[Untested]:
    """The groups of one model of which no metric was tested, in the order of the table."""
    by_group: dict[tuple[str, Group], list[dict[str, Any]]] = {}
    for row in rows_of(results, model, "level"):
        if row["axis"] != "overall":
            by_group.setdefault((row["axis"], Group.of_row(row)), []).append(row)
    return [
        Untested(axis, group, max(row["n_subjects"] for row in rows), rows[0]["reason"])
        for (axis, group), rows in by_group.items()
        if all(row["verdict"] == "not_tested" for row in rows)
    ]


def uncompared(results: pa.Table, model: str) -> dict[str, list[tuple[str, Group, str]]]:
    """Per axis the metric, the group and the reason of each group that could not be compared on a metric."""
    found: dict[str, list[tuple[str, Group, str]]] = {}
    for row in rows_of(results, model, "difference"):
        if row["verdict"] == "not_tested":
            reason = row["reason"] or "too few subjects"
            found.setdefault(row["axis"], []).append((row["metric"], Group.of_row(row), reason))
    return found


def rows_of(
    results: pa.Table, model: str, statistic: str, *, kind: str = "metric", versus_model: str | None = None
) -> list[dict[str, Any]]:
    """The rows of one model and statistic without degradation of the input."""
    return list(
        select(results, kind=kind, model=model, statistic=statistic, versus_model=versus_model).to_pylist()
    )


def _gap(row: Mapping[str, Any], verdict: str, levels: Mapping[tuple[str, str, Group], float | None]) -> Gap:
    left, right = Group.of_row(row), Group.of_row(row, "versus")
    swapped = not _is_worse_left(row, left, right, levels)
    sign = -1 if row["value"] < 0 else 1
    lo, hi = _turned(row["lo"], row["hi"], sign)
    null_lo, null_hi = _turned(row["null_lo"], row["null_hi"], sign)
    return Gap(
        metric=row["metric"],
        axis=row["axis"],
        attributes=tuple(row["attributes"]),
        worse=right if swapped else left,
        than=left if swapped else right,
        value=abs(row["value"]),
        lo=lo,
        hi=hi,
        null_lo=null_lo,
        null_hi=null_hi,
        tolerance=row["threshold"],
        verdict=verdict,
        reason=row["reason"],
        num_subjects=row["n_subjects"],
    )


def _verdict(row: Mapping[str, Any]) -> str | None:
    """None where nothing was judged."""
    if row["verdict"] in JUDGED:
        return str(row["verdict"])
    return FOUND if row["kind"] == "search" and row["verdict"] is None else None


def _is_worse_left(
    row: Mapping[str, Any], left: Group, right: Group, levels: Mapping[tuple[str, str, Group], float | None]
) -> bool:
    """Of a signed error, the group farther from zero is worse off; where that is not known, the lower one."""
    difference: float = row["value"]
    direction = better(row["metric"])
    if direction == "zero":
        first, second = (levels.get((row["metric"], row["axis"], group)) for group in (left, right))
        if first is not None and second is not None:
            return abs(first) >= abs(second)
    return difference >= 0 if direction == "lower" else difference <= 0


def _turned(lo: float | None, hi: float | None, sign: int) -> tuple[float | None, float | None]:
    return (lo, hi) if sign > 0 else (_negative(hi), _negative(lo))


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _rank(gap: Gap) -> tuple[int, bool, float, bool, str, str, str, str]:
    size = gap.beyond if gap.verdict == "not_met" else gap.value
    return (
        RANK[gap.verdict],
        not gap.beyond_chance,
        -size,
        gap.than == THE_REST,
        gap.metric,
        gap.axis,
        gap.worse.name,
        gap.than.name,
    )
