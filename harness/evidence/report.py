"""The report: one HTML file that reads without a network, without scripts, and the same for everybody.

It is a pure function of the plan and the tables: the same run gives the same bytes. Every name in it may come from
a hostile file, so everything is escaped, a content security policy forbids what a browser could fetch, and only
``http(s)`` addresses become links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.cards import DatasetCard, ModelCard
from harness.evidence import report_charts as charts
from harness.evidence import report_numbers as numbers
from harness.evidence import report_sections as sections
from harness.measure import Confusion, confusion, label_mapping

LABEL_SOURCES: Mapping[str, str] = {
    "self_report": "what the subjects reported of themselves",
    "observer": "what observers saw or heard in the subjects",
    "acted": "what the subjects were asked to act",
    "elicited": "what the situation was meant to bring about",
    "context_assigned": "what the situation was taken to mean, such as a stress task",
    "model_generated": "what another model said",
}

TRAINING: Mapping[str, str] = {
    "pretrained": "before this study",
    "cross_fitted": "within this study, without the subjects that it is tested on",
    "none": "none",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the report is made from.

    Attributes:
        plan: the resolved plan.
        plan_sha256: its canonical hash.
        dataset_card: facts about the dataset.
        model_cards: the system under test first, then the baselines.
        samples: the validated samples.
        predictions: the validated predictions of all models.
        results: what was measured from the two.
        folds: per model, the trainings within the study, each with ``train_subjects`` and ``test_subjects``.
    """

    plan: Mapping[str, Any]
    plan_sha256: str
    dataset_card: DatasetCard
    model_cards: Sequence[ModelCard]
    samples: pa.Table
    predictions: pa.Table
    results: pa.Table
    folds: Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Training:
    """A model that was trained within the study; ``num_leaking`` folds have a subject on both sides."""

    title: str
    num_folds: int
    num_leaking: int


def render(report: Report) -> str:
    """The report as one HTML document."""
    return _environment().get_template("report.html.j2").render(_context(report))


def _context(report: Report) -> dict[str, Any]:
    names = [model["name"] for model in (report.plan["model"], *report.plan["baselines"])]
    results = sections.Results(report.results)
    merge = report.plan["labels"]["merge"]
    matrix = confusion(report.samples, report.predictions, model=names[0], merge=merge)
    mapping = label_mapping(report.samples, report.predictions, model=names[0], merge=merge)
    headline = sections.headline(results, names)
    return {
        "plan": report.plan,
        "plan_sha256": report.plan_sha256,
        "dataset": report.dataset_card,
        "system": report.model_cards[0],
        "models": list(zip(names, report.model_cards, strict=True)),
        "num_samples": report.samples.num_rows,
        "num_subjects": len(report.samples["subject_id"].unique()),
        "sources": [(name, LABEL_SOURCES[name], n) for name, n in sections.label_sources(report.samples)],
        "simulated": report.dataset_card.simulated or bool(report.plan["dataset"]["simulated"]),
        "headline": headline,
        "lead": _lead(headline),
        "plots": _plots(headline, matrix),
        "chance": _chance(matrix),
        "matrix": matrix,
        "rows": sections.confusion_rows(matrix) if matrix else [],
        "classes": sections.per_class(results, names[0], matrix) if matrix else [],
        "shares": sections.shares(matrix) if matrix else [],
        "axes": sections.axes(results, report.samples, names[0]),
        "not_carried": sections.not_carried(report.samples),
        "failures": sections.failures(report.samples, report.predictions, names[0]),
        "losses": mapping.losses() if mapping else [],
        "origins": _origins(report),
        "trainings": _trainings(report, names),
        "methods": results.methods(),
    }


def _lead(headline: Sequence[sections.Claimed]) -> list[sections.Claimed]:
    """The three figures at the top: how well, how often right, on how much."""
    by_name = {claimed.metric: claimed for claimed in headline}
    wanted: list[str] = [name for name in ("uar", "accuracy") if name in by_name]
    wanted += [name for name in by_name if name == "auc" or name.startswith("ccc:")]
    return [by_name[name] for name in [*wanted[: 3 if "auc" in wanted else 2], "coverage"] if name in by_name]


def _chance(matrix: Confusion | None) -> float | None:
    """The UAR of any answer that does not depend on the sample: one over the number of classes."""
    return 1 / len(matrix.classes) if matrix and matrix.classes else None


def _plots(headline: Sequence[sections.Claimed], matrix: Confusion | None) -> list[dict[str, Any]]:
    plots: list[dict[str, Any]] = []
    for claimed in headline:
        if claimed.metric in ("uar", "accuracy", "macro_f1", "auc"):
            chance = {"uar": _chance(matrix), "auc": 0.5}.get(claimed.metric)
            plots.append(
                {"claimed": claimed, "axis": (0.0, 1.0), "ticks": (0.0, 0.25, 0.5, 0.75, 1.0), "chance": chance}
            )
        elif claimed.metric.startswith("ccc:"):
            plots.append(
                {"claimed": claimed, "axis": (-1.0, 1.0), "ticks": (-1.0, -0.5, 0.0, 0.5, 1.0), "chance": 0.0}
            )
    return plots


def _origins(report: Report) -> list[tuple[DatasetCard | ModelCard, str]]:
    """Each card with how its subject was trained."""
    rows: list[tuple[DatasetCard | ModelCard, str]] = [(report.dataset_card, numbers.ABSENT)]
    for card in report.model_cards:
        on = f" on {card.training_data}" if card.training_data and card.training == "pretrained" else ""
        rows.append((card, TRAINING[card.training] + on))
    return rows


def _trainings(report: Report, names: Sequence[str]) -> list[Training]:
    found = []
    for name, card in zip(names, report.model_cards, strict=True):
        folds = report.folds.get(name) or []
        leaking = sum(bool(set(fold["train_subjects"]) & set(fold["test_subjects"])) for fold in folds)
        if folds:
            found.append(Training(card.title, len(folds), leaking))
    return found


def _is_link(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("harness.evidence"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=numbers.visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": numbers.number,
        "count": numbers.count,
        "percent": numbers.percent,
        "short": numbers.short,
    }
    environment.globals |= {
        "interval": numbers.interval,
        "strip": charts.strip,
        "bar": charts.bar,
        "scale": charts.scale,
        "is_link": _is_link,
        "metric_name": sections.metric_name,
    }
    return environment
