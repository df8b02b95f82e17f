"""The report: one HTML file that reads without a network, without scripts, and the same for everybody.

It is a pure function of the plan and the tables: the same run gives the same bytes. Every name in it may come from
a hostile file, so everything is escaped, a content security policy forbids what a browser could fetch, and only
``http(s)`` addresses become links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.group import EVERYBODY, THE_REST
from harness.attributes.grouping import SEARCH
from harness.cards.facts import DatasetCard, ModelCard
from harness.measurement.confusion import Confusion, confusion
from harness.report import charts, numbers, sections
from harness.report import headline as headline_of
from harness.report.axis_sections import axes
from harness.report.check_findings import findings
from harness.report.footnotes import footnotes, is_alike, is_outside
from harness.report.gap_tables import INDICES, summary
from harness.report.group_names import group_name
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name
from harness.report.plan_settings import settings
from harness.report.ranked_gaps import gaps, untested
from harness.report.raters import raters_rows
from harness.report.reliability import confidence_of
from harness.report.templating import template

LABEL_SOURCES: Mapping[str, str] = {
    "self_report": "what the subjects reported of themselves",
    "observer": "what observers saw or heard in the subjects",
    "acted": "what the subjects were asked to act",
    "elicited": "what the situation was meant to bring about",
    "context_assigned": "what the situation was taken to mean, such as a stress task",
    "model_generated": "what another model said",
}

MAX_SEARCH = 20

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
    return template("report.html.j2", _functions()).render(_context(report))


def _context(report: Report) -> dict[str, Any]:
    names = [model["name"] for model in (report.plan["model"], *report.plan["baselines"])]
    merge = report.plan["labels"]["merge"]
    matrix = confusion(report.samples, report.predictions, model=names[0], merge=merge)
    return {
        **_about(report, names),
        **_figures(report, names, matrix),
        **_groups(report, names[0], matrix),
        "findings": findings(report.results, names[0]),
        "not_carried": sections.not_carried(report.samples),
        "failures": sections.failures(report.samples, report.predictions, names[0]),
    }


def _about(report: Report, names: Sequence[str]) -> dict[str, Any]:
    """What was measured on what, by which choices."""
    return {
        "plan": report.plan,
        "plan_sha256": report.plan_sha256,
        "dataset": report.dataset_card,
        "system": report.model_cards[0],
        "models": list(zip(names, report.model_cards, strict=True)),
        "num_samples": report.samples.num_rows,
        "num_subjects": len(report.samples["subject_id"].unique()),
        "sources": [(name, LABEL_SOURCES[name], n) for name, n in sections.label_sources(report.samples)],
        "modalities": sorted(report.samples["modality"].unique().to_pylist()),
        "notes": _notes(report.plan),
        "only": _only(report),
        "settings": _settings(report.plan),
        "simulated": report.dataset_card.simulated or bool(report.plan["dataset"]["simulated"]),
        "origins": _origins(report),
        "trainings": _trainings(report, names),
    }


def _figures(report: Report, names: Sequence[str], matrix: Confusion | None) -> dict[str, Any]:
    """What was measured over all samples."""
    results = Results(report.results, names[0])
    headline = sections.headline(results, names)
    classes = sections.per_class(results, names[0], matrix) if matrix else []
    return {
        "headline": headline,
        "headline_notes": footnotes(cell for claimed in headline for cell in claimed.cells),
        "lead": headline_of.lead(headline, names, headline_of.chance_of_uar(matrix)),
        "plots": headline_of.plots(headline, matrix),
        "matrix": matrix,
        "rows": sections.confusion_rows(matrix) if matrix else [],
        "classes": classes,
        "class_notes": footnotes(cell for one in classes for cell in (one.recall, one.precision)),
        "shares": sections.shares(matrix) if matrix else [],
        "losses": matrix.mapping.losses() if matrix else [],
        "methods": results.methods(),
    }


def _groups(report: Report, system: str, matrix: Confusion | None) -> dict[str, Any]:
    """For whom it works worse."""
    results = Results(report.results, system)
    ranked = gaps(report.results, system)
    confidence = confidence_of(
        report.samples, report.predictions, model=system, merge=report.plan["labels"]["merge"]
    )
    shown, num_more = axes(
        results,
        report.results,
        report.samples,
        ranked=ranked,
        confidence=confidence,
        chance=headline_of.chances(results, matrix),
        attributes=report.plan["attributes"],
    )
    return {
        "summary": summary(ranked),
        "index_names": list(INDICES.values()),
        "everybody": EVERYBODY,
        "axes": shown,
        "num_more_axes": num_more,
        "search": [gap for gap in ranked if gap.axis == SEARCH and gap.worse != THE_REST][:MAX_SEARCH],
        "raters": raters_rows(report.results, system).get("overall", []),
        "untested": untested(report.results, system),
        "reliability": confidence.overall() if confidence else [],
        "risks": confidence.risks() if confidence else [],
        "group_notes": footnotes(
            cell for axis in shown for group in axis.table.groups for cell in group.cells.values()
        ),
    }


def _notes(plan: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What a reader of the numbers must know of the options of each model that has such notes."""
    models = [model for model in (plan["model"], *plan["baselines"]) if model.get("notes")]
    return [(model["name"], model["notes"]) for model in models]


def _only(report: Report) -> list[str]:
    """The labels that the plan restricts the study to; none where it takes them all."""
    only = report.plan["labels"].get("only")
    return list(report.model_cards[0].labels if only == "model" else only or [])


def _settings(plan: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of the plan that decide what was measured."""
    found = [
        ("Settings of the system", settings(plan["model"]["options"])),
        ("Finding of faces", settings(plan["face"])),
        ("Settings of the dataset", settings(plan["dataset"]["options"])),
    ]
    return [(title, pairs) for title, pairs in found if pairs]


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


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        "strip": charts.strip,
        "bar": charts.bar,
        "gap_strip": charts.gap_strip,
        "curve": charts.curve,
        "risk_curve": charts.risk_curve,
        "scale": charts.scale,
        "is_link": _is_link,
        "is_alike": is_alike,
        "is_outside": is_outside,
        "metric_name": metric_name,
        "group_name": group_name,
    }
