"""Gaps between groups, from rows of the results, ranked; the disadvantaged group comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import THE_REST, Group
from harness.report.estimated_groups import CorrectedGap, CorrectedGaps
from harness.report.metric_names import better
from harness.report.row_numbers import NUMBER
from harness.report.same_mix import SameMix, SameMixes, turned
from harness.tables.results import select
from harness.verdicts.judge import JUDGED, is_significant

FOUND = "found"
"""In place of a verdict, if a search flagged a group: it has a threshold of its own and no tolerance."""

RANK = {"not_met": 0, FOUND: 1, "inconclusive": 2, "met": 3}


@dataclass(frozen=True, kw_only=True)
class Gap:
    """By how much a metric is worse in one group than in another.

    Attributes:
        metric: its name in the results.
        axis: the attribute or intersection; `SEARCH` for a group that a search over all combinations flagged.
        attributes: the attributes that define the groups.
        worse: the disadvantaged group.
        than: the other group; `THE_REST` for everybody else.
        value: the size of the difference, not negative.
        lo: lower bound of the simultaneous interval, with the sign of the value: negative if the other group may
            be disadvantaged.
        hi: upper bound, with the same sign.
        null_lo: lower bound of the null range, with the same sign.
        null_hi: upper bound of the null range, with the same sign.
        p: the p-value of no difference, corrected for all tests of the report; None if there is none.
        level: the confidence level of the interval; None without one.
        tolerance: the largest gap that the plan accepts.
        verdict: ``not_met``, ``inconclusive`` or ``met``; `FOUND` for a search.
        reason: what else a reader must know.
        num_subjects: in both groups together.
        number: of its row in the results; None if the rows are not numbered.
        same_mix: the same gap with one mix of classes, or of the groups of another axis, in both groups.
        corrected: the gap of true groups, where they are estimated; None if it is not known.
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
    p: float | None
    level: float | None
    tolerance: float | None
    verdict: str
    reason: str | None
    num_subjects: int
    number: int | None = None
    same_mix: tuple[SameMix, ...] = ()
    corrected: CorrectedGap | None = None

    @property
    def least(self) -> float | None:
        """The end of the interval that is nearest to zero; 0 if it holds zero, None without an interval.

        The largest of many gaps is too large on average, because it is the largest also by chance; the true gap is
        at least this large with the confidence of the interval.
        """
        return None if self.lo is None else max(self.lo, 0.0)

    @property
    def beyond(self) -> float:
        """How far the interval lies outside the tolerance; not positive if it does not."""
        return -1.0 if self.lo is None else self.lo - (self.tolerance or 0.0)

    @property
    def beyond_chance(self) -> bool:
        """Whether there is a difference, with confidence for the report as a whole.

        A report of a fair system holds some interval that excludes zero more often than not, so it is the p-value
        corrected for the report that counts. A search corrects for itself: its value lies outside the null range.
        """
        if self.p is not None and self.level is not None:
            return is_significant(self.p, self.level)
        if self.lo is not None:
            return self.lo > 0
        return self.null_hi is not None and self.value > self.null_hi


@dataclass(frozen=True)
class Untested:
    """A group, or with `EVERYBODY` a whole axis, that was not tested, and why."""

    axis: str
    group: Group
    num_subjects: int
    reason: str | None


@dataclass(frozen=True)
class Searched:
    """A search over all combinations of attributes.

    Attributes:
        metric: the metric that was searched.
        num_cells: the combinations that were compared with everybody else.
        num_found: how many of them differ beyond chance.
        note: what was combined, and how many combinations have too few subjects.
    """

    metric: str
    num_cells: int
    num_found: int
    note: str | None


def searched(results: pa.Table, model: str) -> Searched | None:
    """What was searched for one model; None if nothing was."""
    rows = [row for row in rows_of(results, model, "index", kind="search") if row["index"] == "cells"]
    if not rows:
        return None
    num_found = len(list(rows_of(results, model, "difference", kind="search")))
    return Searched(rows[0]["metric"], int(rows[0]["value"]), num_found, rows[0]["reason"])


def gaps(results: pa.Table, model: str) -> list[Gap]:
    """The gaps of one model that have a verdict or were found by a search, the worst first.

    First those that the plan does not accept, by how far their interval lies beyond the tolerance; then those
    found by a search; then inconclusive and accepted ones, both by size, those beyond chance before the others.
    """
    levels = {
        (row["metric"], row["axis"], Group.of_row(row)): row["value"] for row in rows_of(results, model, "level")
    }
    rows = [*rows_of(results, model, "difference"), *rows_of(results, model, "difference", kind="search")]
    judged = ((row, _verdict(row)) for row in rows if row["value"] is not None)
    beside = SameMixes(results, model), CorrectedGaps(results, model)
    return sorted((_gap(row, verdict, levels, *beside) for row, verdict in judged if verdict), key=_rank)


def worst(ranked: Iterable[Gap]) -> list[Gap]:
    """One gap per metric and disadvantaged group: the first of the ranking.

    Gaps in which a group does better than the rest are left out; pairs of groups name those that do worse.
    """
    first: dict[tuple[str, str, tuple[str, ...], Group], Gap] = {}
    for gap in ranked:
        if gap.worse != THE_REST:
            first.setdefault((gap.metric, gap.axis, gap.attributes, gap.worse), gap)
    return list(first.values())


def untested(results: pa.Table, model: str) -> list[Untested]:
    """The groups of one model for which no metric was tested, in the order of the table."""
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
    """The rows of one model and statistic under the clean condition."""
    return list(
        select(results, kind=kind, model=model, statistic=statistic, versus_model=versus_model).to_pylist()
    )


def _gap(
    row: Mapping[str, Any],
    verdict: str,
    levels: Mapping[tuple[str, str, Group], float | None],
    mixes: SameMixes,
    corrected: CorrectedGaps,
) -> Gap:
    left, right = Group.of_row(row), Group.of_row(row, "versus")
    swapped = not _is_worse_left(row, left, right, levels)
    sign = -1 if row["value"] < 0 else 1
    lo, hi = turned(row["lo"], row["hi"], sign)
    null_lo, null_hi = turned(row["null_lo"], row["null_hi"], sign)
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
        p=row["p_corrected"],
        level=row["level"],
        tolerance=row["threshold"],
        verdict=verdict,
        reason=row["reason"],
        num_subjects=row["n_subjects"],
        number=row.get(NUMBER),
        same_mix=() if verdict == FOUND else mixes.beside(row, sign),
        corrected=None if verdict == FOUND else corrected.beside(row, sign),
    )


def _verdict(row: Mapping[str, Any]) -> str | None:
    """The verdict of a row; None if there is none."""
    if row["verdict"] in JUDGED:
        return str(row["verdict"])
    return FOUND if row["kind"] == "search" and row["verdict"] is None else None


def _is_worse_left(
    row: Mapping[str, Any], left: Group, right: Group, levels: Mapping[tuple[str, str, Group], float | None]
) -> bool:
    """Whether the left group is disadvantaged. For a signed error this is the group farther from zero."""
    difference: float = row["value"]
    direction = better(row["metric"])
    if direction == "zero":
        first, second = (levels.get((row["metric"], row["axis"], group)) for group in (left, right))
        if first is not None and second is not None:
            return abs(first) >= abs(second)
    return difference >= 0 if direction == "lower" else difference <= 0


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
