"""The page of a comparison: one HTML file that reads without a network or scripts, and the same for everybody.

As in `harness.report.run_page`, every name may come from a hostile file: everything is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.report import charts, numbers
from harness.report.group_names import axis_name, group_name
from harness.report.metric_names import metric_name
from harness.report.templating import template

if TYPE_CHECKING:
    from harness.measurement.measure_settings import MeasureSettings
    from harness.measurement.models.model_comparison import ModelDifference

CONCLUSIONS_SHOWN = 40
MIN_EXTENT_OF_MODELS = 2.0


@dataclass(frozen=True)
class ComparedRun:
    """One of the runs: its name, what it ran on, the hash of its plan, the samples that are not shared."""

    name: str
    dataset: str
    plan_sha256: str
    num_left_out: int


@dataclass(frozen=True, kw_only=True)
class ComparisonPage:
    """What the page is made from.

    Attributes:
        dataset: in words.
        ran: the runs, in the order in which they were given.
        num_shared: samples that all have.
        num_subjects: that these come from.
        on: the column by which samples are the same.
        differences: see `harness.measurement.models.model_comparison.compare_models`.
        sentences: what each of them means; the two models are called A and B.
        conclusions: in plain words, the gravest first.
        notes: what a reader must know of the runs.
        settings: that they were compared with.
    """

    dataset: str
    ran: Sequence[ComparedRun]
    num_shared: int
    num_subjects: int
    on: str
    differences: Sequence[ModelDifference]
    sentences: Sequence[str]
    conclusions: Sequence[str]
    notes: Sequence[str]
    settings: MeasureSettings


@dataclass(frozen=True)
class ComparisonLine:
    """One difference of A and B, and what it means; ``axis`` where it is not that of the line above."""

    difference: ModelDifference
    axis: str | None
    text: str


@dataclass(frozen=True)
class MetricTable:
    """One metric of one pair of models, and from where to where its drawings go, in tolerances."""

    metric: str
    meaning: str
    lines: Sequence[ComparisonLine]
    extent: tuple[float, float]


@dataclass(frozen=True)
class ModelPair:
    """Two models and their tables."""

    first: str
    second: str
    tables: Sequence[MetricTable]


def render_comparison(report: ComparisonPage) -> str:
    """The page as one HTML document."""
    functions: dict[str, Callable[..., Any]] = {
        "gap_strip": charts.gap_strip,
        "axis_name": axis_name,
        "group_name": group_name,
    }
    return template("comparison.html.j2", functions).render(_context(report))


def _context(report: ComparisonPage) -> dict[str, Any]:
    metrics = list(dict.fromkeys(metric_name(d.metric.name)[0] for d in report.differences))
    return {
        "report": report,
        "title": f"{len(report.ran)} runs"
        if len(report.ran) > 2
        else " and ".join(numbers.short(ran.name) for ran in report.ran),
        "conclusions": report.conclusions[:CONCLUSIONS_SHOWN],
        "num_more": max(len(report.conclusions) - CONCLUSIONS_SHOWN, 0),
        "pairs": _pairs(report),
        "metrics": metrics,
        "level": f"{100 * report.settings.level:g}\N{NO-BREAK SPACE}%",
        "methods": sorted({d.method for d in report.differences if d.method}),
        "tolerances": sorted({(metric_name(d.metric.name)[0], d.tolerance) for d in report.differences}),
    }


def _pairs(report: ComparisonPage) -> list[ModelPair]:
    grouped: dict[tuple[str, str], dict[str, list[tuple[ModelDifference, str]]]] = {}
    for d, text in zip(report.differences, report.sentences, strict=True):
        grouped.setdefault((d.first, d.second), {}).setdefault(d.metric.name, []).append((d, text))
    return [
        ModelPair(*names, [_table(of_metric) for of_metric in by_metric.values()])
        for names, by_metric in grouped.items()
    ]


def _table(of_metric: Sequence[tuple[ModelDifference, str]]) -> MetricTable:
    whole = of_metric[0][0]
    ends = [abs(end) / whole.tolerance for d, _ in of_metric for end in (d.lo, d.hi) if end is not None]
    extent = max([MIN_EXTENT_OF_MODELS, *ends])
    lines, above = [], None
    for d, text in of_metric:
        lines.append(ComparisonLine(_shown(d), d.axis if d.axis != above else None, text))
        above = d.axis
    name, meaning = metric_name(whole.metric.name)
    return MetricTable(name, meaning, lines, (-extent, extent))


def _shown(d: ModelDifference) -> ModelDifference:
    """Without the values of a group that is not tested: they tell of single persons."""
    if d.verdict != "not_tested" or d.is_overall:
        return d
    return replace(d, first_value=float("nan"), second_value=float("nan"), value=float("nan"))
