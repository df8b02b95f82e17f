"""Rows of results → gaps between groups, ranked, the group that it is worse for first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import LESS, REST, SEARCH
from harness.report.metric_names import better
from harness.tables.schemas import CLEAN

VERDICTS = ("not_met", "inconclusive", "met")
FOUND = "found"
"""Stands for a verdict where a search flagged a group: it has a threshold of its own, and no tolerance."""

RANK = {"not_met": 0, FOUND: 1, "inconclusive": 2, "met": 3}


@dataclass(frozen=True, kw_only=True)
class Gap:
    """How much worse a metric is in one group than in another.

    Attributes:
        metric: its name in the results.
        axis: the attribute or intersection; `SEARCH` for what a search over all combinations flagged.
        worse: the group that it is worse for.
        than: the other group; `~harness.attributes.grouping.REST` for everybody else.
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
    worse: str
    than: str
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
    def unit(self) -> float:
        """The tolerance, which gaps of different metrics are drawn in; 1 where there is none."""
        return self.tolerance or 1.0

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval excludes no difference, or where there is none, the null range the value."""
        if self.lo is not None:
            return self.lo > 0
        return self.null_hi is not None and self.value > self.null_hi


@dataclass(frozen=True)
class Untested:
    """A group that nothing is said about, or with group ``all`` a whole axis; why."""

    axis: str
    group: str
    num_subjects: int
    reason: str | None


def gaps(results: pa.Table, model: str) -> list[Gap]:
    """The gaps of one model that were judged or found, the worst first.

    First those that the plan does not accept, by how far their interval lies beyond the tolerance; then what a
    search found; then the inconclusive ones and the accepted ones, both by size, those beyond chance before the
    others.
    """
    levels = {(row["metric"], row["axis"], row["group"]): row["value"] for row in rows_of(results, model, "level")}
    names: dict[str, set[str]] = {}
    for _, axis, group in levels:
        names.setdefault(axis, set()).add(group)
    found = [
        _gap(row, *sides(row["group"], names.get(row["axis"], ())), levels)
        for row in rows_of(results, model, "difference")
        if row["value"] is not None and _verdict(row) is not None
    ]
    return sorted(found, key=_rank)


def worst(ranked: Iterable[Gap]) -> list[Gap]:
    """One gap per metric and group that it is worse for: the first of the ranking.

    That a group does better than the rest is left to its pairs, which name the groups that do worse.
    """
    first: dict[tuple[str, str, str], Gap] = {}
    for gap in ranked:
        if gap.worse != REST:
            first.setdefault((gap.metric, gap.axis, gap.worse), gap)
    return list(first.values())


def untested(results: pa.Table, model: str) -> list[Untested]:
    """The groups of one model of which no metric was tested, in the order of the table."""
    by_group: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows_of(results, model, "level"):
        if row["axis"] != "overall":
            by_group.setdefault((row["axis"], row["group"]), []).append(row)
    return [
        Untested(axis, group, max(row["n_subjects"] for row in rows), rows[0]["reason"])
        for (axis, group), rows in by_group.items()
        if all(row["verdict"] == "not_tested" for row in rows)
    ]


def uncompared(results: pa.Table, model: str) -> dict[str, list[tuple[str, str, str]]]:
    """Per axis the metric, the group and the reason of each group that could not be compared on a metric."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for row in rows_of(results, model, "difference"):
        if row["verdict"] == "not_tested":
            group = row["group"].removesuffix(f"{LESS}{REST}")
            found.setdefault(row["axis"], []).append((row["metric"], group, row["reason"] or "too few subjects"))
    return found


def rows_of(results: pa.Table, model: str, statistic: str) -> list[dict[str, Any]]:
    """The rows of one model and statistic without degradation of the input."""
    wanted = {"model": model, "statistic": statistic, "condition": CLEAN}
    for column, value in wanted.items():
        results = results.filter(pc.equal(results[column], value))
    return list(results.to_pylist())


def sides(group: str, names: Collection[str]) -> tuple[str, str]:
    """The two groups of a difference; the names of an axis' groups may themselves hold a minus."""
    parts = group.split(LESS)
    for i in range(1, len(parts)):
        left, right = LESS.join(parts[:i]), LESS.join(parts[i:])
        if left in names and (right in names or right == REST):
            return left, right
    left, _, right = group.rpartition(LESS)
    return left, right


def _gap(
    row: Mapping[str, Any], left: str, right: str, levels: Mapping[tuple[str, str, str], float | None]
) -> Gap:
    swapped = not _is_worse_left(row, left, right, levels)
    sign = -1 if row["value"] < 0 else 1
    lo, hi = _turned(row["lo"], row["hi"], sign)
    null_lo, null_hi = _turned(row["null_lo"], row["null_hi"], sign)
    return Gap(
        metric=row["metric"],
        axis=row["axis"],
        worse=right if swapped else left,
        than=left if swapped else right,
        value=abs(row["value"]),
        lo=lo,
        hi=hi,
        null_lo=null_lo,
        null_hi=null_hi,
        tolerance=row["threshold"],
        verdict=_verdict(row) or "not_tested",
        reason=row["reason"],
        num_subjects=row["n_subjects"],
    )


def _verdict(row: Mapping[str, Any]) -> str | None:
    """None where nothing was judged."""
    if row["verdict"] in VERDICTS:
        return str(row["verdict"])
    return FOUND if row["axis"] == SEARCH and row["verdict"] is None else None


def _is_worse_left(
    row: Mapping[str, Any], left: str, right: str, levels: Mapping[tuple[str, str, str], float | None]
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
        gap.than == REST,
        gap.metric,
        gap.axis,
        gap.worse,
        gap.than,
    )
