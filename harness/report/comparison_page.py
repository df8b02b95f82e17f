"""The page of a comparison: one HTML file without scripts or external requests.

It is made from ``compare.json`` and ``compare.parquet`` alone. As in `harness.report.run_page`, every name may
come from a hostile file: everything is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import Group
from harness.report import charts, numbers
from harness.report.gap_scale import GapScale, gap_scale
from harness.report.group_names import axis_name, group_name
from harness.report.metric_names import metric_name
from harness.report.templating import template

CONCLUSIONS_SHOWN = 40


@dataclass(frozen=True, kw_only=True)
class ComparisonLine:
    """One difference of A and B, from its row of the results.

    Attributes:
        group: the group; None for all samples.
        axis: its attributes; None if they are those of the line above.
        first_value: the metric of A; None in a group that is not tested, as it would describe single persons.
        second_value: that of B.
        value: A minus B.
        lo, hi: the simultaneous interval.
        null_lo, null_hi: the central 95 % of its null distribution.
        tolerance: the largest difference that is accepted.
        verdict: the verdict on the difference.
        reason: the reason for it, and what a reader must know about the difference.
        num_samples, num_subjects: the numbers behind it.
    """

    group: Group | None
    axis: tuple[str, ...] | None
    first_value: float | None
    second_value: float | None
    value: float | None
    lo: float | None
    hi: float | None
    null_lo: float | None
    null_hi: float | None
    tolerance: float
    verdict: str
    reason: str | None
    num_samples: int
    num_subjects: int


@dataclass(frozen=True)
class MetricTable:
    """One metric of one pair of models, and the axis of its charts."""

    metric: str
    meaning: str
    lines: Sequence[ComparisonLine]
    scale: GapScale


@dataclass(frozen=True)
class ModelPair:
    """Two models and their tables."""

    first: str
    second: str
    tables: Sequence[MetricTable]


def render_comparison(document: Mapping[str, Any], results: pa.Table) -> str:
    """The page as one HTML document.

    Args:
        document: the contents of ``compare.json``.
        results: the contents of ``compare.parquet``.
    """
    functions: dict[str, Callable[..., Any]] = {
        "gap_strip": charts.gap_strip,
        "scale": charts.scale,
        "axis_name": axis_name,
        "group_name": group_name,
    }
    return template("comparison.html.j2", functions).render(_context(document, results))


def _context(document: Mapping[str, Any], results: pa.Table) -> dict[str, Any]:
    compared = results.filter(
        pc.and_(pc.equal(results["statistic"], "difference"), pc.is_valid(results["versus_model"]))
    )
    rows, tested = (
        compared.filter(pc.equal(compared["kind"], kind)).to_pylist() for kind in ("metric", "equivalence")
    )
    runs, conclusions = document["runs"], document["conclusions"]
    return {
        "document": document,
        "title": f"{len(runs)} runs"
        if len(runs) > 2
        else " and ".join(numbers.short(run["name"]) for run in runs),
        "conclusions": conclusions[:CONCLUSIONS_SHOWN],
        "num_more": max(len(conclusions) - CONCLUSIONS_SHOWN, 0),
        "pairs": _pairs(rows),
        "equivalence": document.get("equivalence"),
        "tested_pairs": _pairs(tested),
        "margin": document["settings"].get("margin"),
        "num_metrics": len({row["metric"] for row in rows}),
        "level": f"{100 * document['settings']['level']:g}\N{NO-BREAK SPACE}%",
        "methods": sorted({row["method"] for row in (*rows, *tested) if row["method"]}),
        "tolerances": sorted({(metric_name(row["metric"])[0], row["threshold"]) for row in rows}),
    }


def _pairs(rows: Sequence[dict[str, Any]]) -> list[ModelPair]:
    grouped: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = {}
    for row in rows:
        grouped.setdefault((row["model"], row["versus_model"]), {}).setdefault(row["metric"], []).append(row)
    return [
        ModelPair(*names, [_table(*of_metric) for of_metric in by_metric.items()])
        for names, by_metric in grouped.items()
    ]


def _table(metric: str, rows: Sequence[dict[str, Any]]) -> MetricTable:
    lines, above = [], None
    for row in rows:
        lines.append(_line(row, starts_axis=row["axis"] != above))
        above = row["axis"]
    drawn = [line for line in lines if line.lo is not None]
    return MetricTable(*metric_name(metric), lines, gap_scale(metric, drawn))


def _line(row: Mapping[str, Any], *, starts_axis: bool) -> ComparisonLine:
    is_overall = row["axis"] == "overall"
    hidden = row["verdict"] == "not_tested" and not is_overall
    first, second, value = (None if hidden else row[name] for name in ("own_value", "versus_value", "value"))
    return ComparisonLine(
        group=None if is_overall else Group.of_row(row),
        axis=tuple(row["attributes"]) if starts_axis and not is_overall else None,
        first_value=first,
        second_value=second,
        value=value,
        lo=row["lo"],
        hi=row["hi"],
        null_lo=row["null_lo"],
        null_hi=row["null_hi"],
        tolerance=row["threshold"],
        verdict=row["verdict"],
        reason=row["reason"],
        num_samples=row["n_samples"],
        num_subjects=row["n_subjects"],
    )
