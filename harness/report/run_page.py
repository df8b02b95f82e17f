"""The report of a run: one HTML file without scripts or external requests.

It is a pure function of plan, results and curves, and of what ``run.json`` says of the day on which the run began,
of where its time went, and of the times of its answers: the same run gives the same bytes. Any name in it may come
from a malicious file, so everything is escaped, a content security policy forbids all requests, and only
``http(s)`` URLs become links.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa

from harness.attributes.group import EVERYBODY, THE_REST
from harness.attributes.grouping import SEARCH
from harness.attributes.missing_answers import MissingAnswers
from harness.cards.facts import DatasetCard, ModelCard
from harness.cards.modality import Modality
from harness.cards.planned_cards import planned_dataset, planned_models
from harness.metrics.latency import Latency
from harness.report import charts, in_brief, numbers, reliability, sections
from harness.report import headline as headline_of
from harness.report.axis_sections import axes
from harness.report.check_findings import findings
from harness.report.claims import contradicted, measured_claims
from harness.report.condition_effects import MAX_SHOWN, condition_effects
from harness.report.degradation import degradation_curves
from harness.report.film_frames import film_frames
from harness.report.footnotes import footnotes, is_alike, is_outside
from harness.report.gap_tables import INDICES, gap_summary
from harness.report.group_names import group_name
from harness.report.latency_table import latency_table, seconds, three_digits
from harness.report.levels_table import Results
from harness.report.metric_names import compared_name, metric_name
from harness.report.plan_settings import settings
from harness.report.ranked_gaps import gaps, searched, untested
from harness.report.rater_votes import vote_section
from harness.report.raters import rater_rows
from harness.report.repeated import repeat_rows
from harness.report.row_numbers import numbered
from harness.report.run_curves import Confusion, RunCurves
from harness.report.signal_quality import MAX_GAPS, MAX_REFUSALS, equal_gaps, refusals
from harness.report.stage_times import stage_times
from harness.report.templating import template
from harness.report.within_people import within_people
from harness.tables.condition_names import ungraded_families
from harness.wording import quantity

LABEL_SOURCE_TEXTS: Mapping[str, str] = {
    "self_report": "what the subjects reported about themselves",
    "observer": "what observers saw or heard in the subjects",
    "acted": "what the subjects were asked to act",
    "elicited": "what the situation was meant to elicit",
    "context_assigned": "labels assigned from the situation, such as a stress task",
    "model_generated": "the output of another model",
    "not_stated": "labels whose source is not stated",
}

MAX_SEARCH = 20
RATERS_SHOWN = 30
RUN_ID_DIGITS = 8
"""The start of the plan's hash names a run, as it does in the name of a run's folder."""

TRAINING: Mapping[str, str] = {
    "pretrained": "before this study",
    "cross_fitted": "within this study, without the subjects that it is tested on",
    "none": "none",
}

FOLDS: Mapping[str | int | None, str] = {
    "split": " of the dataset's split",
    "session": " that leave out one session each",
    "loso": " that leave out one subject each",
}
"""What the plan says of the folds; nothing where it leaves them to the system, or only says how many."""

LEAKING = "within this study, also with subjects that it is tested on"

CHANGES: Mapping[str | None, str] = {
    "frozen": "; frozen, says its card",
    "predetermined": "; changes in use as was determined before, says its card",
    "continuous": "; keeps learning in use, says its card",
    None: "",
}


@dataclass(frozen=True, kw_only=True)
class Report:
    """The contents of the report.

    Attributes:
        plan: the resolved plan.
        plan_sha256: the canonical hash of the plan as it was written.
        results: the results table.
        curves: the curves table.
        started: when the run began, as ``run.json`` says it (ISO 8601); None if it is not known.
        times: how long answers took, as ``run.json`` says it; see `harness.report.latency_table`.
        seconds: where the time of the run went, likewise (`harness.evidence.run_seconds`); None if not known.
    """

    plan: Mapping[str, Any]
    plan_sha256: str
    results: pa.Table
    curves: pa.Table
    started: str | None = None
    times: Sequence[Latency] = ()
    seconds: Mapping[str, float] | None = None

    @property
    def names(self) -> list[str]:
        """The models: the system under test first, then the baselines."""
        return [model["name"] for model in (self.plan["model"], *self.plan["baselines"])]

    @cached_property
    def dataset_card(self) -> DatasetCard:
        """Facts about the dataset."""
        return planned_dataset(self.plan)

    @cached_property
    def model_cards(self) -> list[ModelCard]:
        """Facts about the models, in the order of `names`."""
        return planned_models(self.plan)


@dataclass(frozen=True)
class Training:
    """A model that was trained within the study.

    Attributes:
        title: of the model.
        weights: rows of the weights that it learned for the systems that it fuses.
        num_folds: its trainings.
        num_leaking: those with a subject on both sides.
    """

    title: str
    weights: Sequence[Mapping[str, Any]]
    num_folds: int
    num_leaking: int


def render_run(report: Report, *, served: bool = False) -> str:
    """The report as one HTML document.

    Args:
        report: its contents.
        served: whether the viewer of the run serves it: then every verdict is a link to its samples, and the look
            comes from the viewer, whose policy allows nothing else. In a file each verdict names the command that
            lists them.
    """
    context = _context(replace(report, results=numbered(report.results)))
    return template("report.html.j2", _functions()).render(context, served=served)


def _context(report: Report) -> dict[str, Any]:
    system = report.names[0]
    results, curves = Results(report.results, system), RunCurves(report.curves, system)
    matrix, found = curves.confusion(), findings(report.results, system)
    claims = measured_claims(report.plan, report.results)
    return {
        **_about(report, results, curves),
        **_figures(report, results, matrix),
        **_groups(report, results, curves),
        "findings": found,
        "uses_media": in_brief.uses_media(found),
        "media_untested": in_brief.media_untested(found),
        "claims": claims,
        "contradicted": contradicted(claims),
        "not_carried": sections.not_carried(curves),
        "times": latency_table(report.times),
        "stages": stage_times(report.seconds),
        **_first(report, results, curves),
    }


def _first(report: Report, results: Results, curves: RunCurves) -> dict[str, Any]:
    """What a reader must know first."""
    failures = [replace(failure, reason=failure.reason.replace("_", " ")) for failure in sections.failures(curves)]
    num_samples = _num_samples(results)
    ranked = gaps(report.results, results.system)
    return {
        "date": None if report.started is None else datetime.fromisoformat(report.started).date().isoformat(),
        "run_id": report.plan_sha256[:RUN_ID_DIGITS],
        "failures": failures,
        "scored_nothing": in_brief.scored_nothing(failures, num_samples),
        "unscored": in_brief.unscored(results.system, failures, num_samples),
        "worse_off": in_brief.worse_off(ranked, results),
        "open_gaps": in_brief.open_gaps(ranked, untested(report.results, results.system)),
    }


def _about(report: Report, results: Results, curves: RunCurves) -> dict[str, Any]:
    """What was measured, on which data, with which choices."""
    return {
        "plan": report.plan,
        "plan_sha256": report.plan_sha256,
        "dataset": report.dataset_card,
        "system": report.model_cards[0],
        "models": list(zip(report.names, report.model_cards, strict=True)),
        "num_samples": _num_samples(results),
        "num_subjects": _coverage(results)["n_subjects"],
        "sources": [(name, LABEL_SOURCE_TEXTS[name], n) for name, n in curves.counts("label_source")],
        "modalities": sorted(name for name, _ in curves.counts("modality") if name != Modality.NOT_STATED),
        "system_notes": _system_notes(report.plan),
        "notes": [*_system_notes(report.plan), *_protocol_notes(report.plan), *_attribute_notes(report.plan)],
        "only": _only(report),
        "settings": _settings(report.plan),
        "simulated": report.dataset_card.simulated or report.plan["dataset"]["simulated"],
        "origins": _origins(report, curves),
        "trainings": _trainings(report, curves),
        "folds": FOLDS.get(report.plan.get("protocol", {}).get("folds"), ""),
        "trained_on": _trained_on(report.plan),
        "missing": MissingAnswers.of(report.plan),
    }


def _coverage(results: Results) -> Mapping[str, Any]:
    return results.row(results.system, "coverage") or {"n_samples": 0, "n_subjects": 0}


def _num_samples(results: Results) -> int:
    return int(_coverage(results)["n_samples"])


def _figures(report: Report, results: Results, matrix: Confusion | None) -> dict[str, Any]:
    """The metrics over all samples."""
    names = report.names
    headline = sections.headline(results, names)
    classes = sections.per_class(results, names[0], matrix) if matrix else []
    return {
        "headline": headline,
        "headline_notes": footnotes(cell for claimed in headline for cell in claimed.cells),
        "lead": headline_of.lead(headline),
        "plots": headline_of.plots(headline),
        "matrix": matrix,
        "num_classes": len(matrix.classes) if matrix else 0,
        "answers": sections.answer_names(matrix) if matrix else [],
        "rows": sections.confusion_rows(matrix) if matrix else [],
        "classes": classes,
        "class_notes": footnotes(cell for one in classes for cell in (one.recall, one.precision)),
        "shares": sections.shares(matrix) if matrix else [],
        "most_answered": sections.most_answered(matrix) if matrix else None,
        "losses": matrix.losses() if matrix else [],
        "methods": results.methods(),
        **_conditions(report),
        "repeats": repeat_rows(report.results, names[0]),
        "equal_gaps": equal_gaps(report.results, names[0]),
        "most_equal_gaps": MAX_GAPS,
        "refusals": refusals(report.results, names[0]),
        "votes": vote_section(results),
        "most_refusals": MAX_REFUSALS,
        "film_frames": film_frames(RunCurves(report.curves, names[0])),
        "within_people": within_people(RunCurves(report.curves, names[0])),
    }


def _conditions(report: Report) -> dict[str, Any]:
    """What other conditions do to the system under test."""
    effects = condition_effects(report.results, report.curves, report.names[0], report.plan.get("conditions", ()))
    return {
        "conditions": effects,
        "degradations": []
        if effects is None
        else degradation_curves(effects, ungraded_families(report.plan.get("conditions", ()))),
        "most_effects": MAX_SHOWN,
    }


def _groups(report: Report, results: Results, curves: RunCurves) -> dict[str, Any]:
    """The comparison of groups."""
    system = results.system
    ranked = gaps(report.results, system)
    rated = rater_rows(report.results, system).get("overall", [])
    shown, num_more = axes(
        results,
        report.results,
        ranked=ranked,
        curves=curves,
        attributes=report.plan["attributes"],
    )
    return {
        "summary": gap_summary(ranked),
        "index_names": list(INDICES.values()),
        "everybody": EVERYBODY,
        "axes": shown,
        "num_more_axes": num_more,
        "searched": searched(report.results, system),
        "search": [gap for gap in ranked if gap.axis == SEARCH and gap.worse != THE_REST][:MAX_SEARCH],
        "raters": rated[:RATERS_SHOWN],
        "num_more_raters": max(len(rated) - RATERS_SHOWN, 0),
        "untested": untested(report.results, system),
        "reliability": reliability.bins(curves).get(EVERYBODY, []),
        "risks": reliability.risks(curves),
        "group_notes": footnotes(
            cell for axis in shown for group in axis.table.groups for cell in group.cells.values()
        ),
    }


def _system_notes(plan: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Notes on the options of the models that a reader of the numbers must know."""
    models = [model for model in (plan["model"], *plan["baselines"]) if model.get("notes")]
    return [(model["name"], model["notes"]) for model in models]


def _protocol_notes(plan: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """What is to be known of who was trained on and tested; plans of earlier versions say nothing on it."""
    notes = plan.get("protocol", {}).get("notes")
    return [("the protocol", notes)] if notes else []


def _attribute_notes(plan: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """How the answers of people were understood; plans of earlier versions say nothing on it."""
    notes = plan["attributes"].get("notes")
    return [("attributes", notes)] if notes else []


def _only(report: Report) -> list[str]:
    """The labels that the plan restricts the study to; empty if it takes all of them."""
    only = report.plan["labels"].get("only")
    return list(report.model_cards[0].labels if only == "model" else only or [])


def _settings(plan: Mapping[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choices of the plan that affect the numbers."""
    system = [("kind", plan["cards"]["models"][0]["kind"]), *settings(plan["model"]["facts"])]
    found = [
        ("The system", system),
        ("Settings of the system", settings(plan["model"]["options"])),
        ("Finding of faces", settings(plan["face"])),
        ("Search for speech", settings(plan.get("speech"))),
        ("Protocol", settings(_protocol(plan))),
        ("Settings of the dataset", settings(plan["dataset"]["options"])),
    ]
    return [(title, pairs) for title, pairs in found if pairs]


def _protocol(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The choices of the protocol, without the notes, which stand above all figures."""
    return {name: value for name, value in plan.get("protocol", {}).items() if name != "notes"}


def _trained_on(plan: Mapping[str, Any]) -> str:
    """What was trained on and not tested, with its size; nothing where the samples were trained on in folds."""
    return " and ".join(
        f"{of['dataset']} ({quantity(of['num_samples'], 'sample')} of {quantity(of['num_subjects'], 'subject')})"
        for of in plan.get("protocol", {}).get("training", [])
    )


def _origins(report: Report, curves: RunCurves) -> list[tuple[DatasetCard | ModelCard, str | None, str]]:
    """Each card, with the provider, and of the model its training and whether it changes in use."""
    rows: list[tuple[DatasetCard | ModelCard, str | None, str]] = [(report.dataset_card, None, numbers.ABSENT)]
    of_model = curves.trainings()
    for name, card in zip(report.names, report.model_cards, strict=True):
        _, num_leaking = of_model.get(name, (0, 0))
        training = LEAKING if num_leaking else TRAINING[card.training]
        on = f" on {card.training_data}" if card.training_data and card.training == "pretrained" else ""
        rows.append((card, card.provider, training + on + CHANGES[card.changes]))
    return rows


def _trainings(report: Report, curves: RunCurves) -> list[Training]:
    of_model = curves.trainings()
    cards = zip(report.names, report.model_cards, strict=True)
    weights = curves.weights()
    return [
        Training(card.title, weights.get(name, []), *of_model[name]) for name, card in cards if name in of_model
    ]


def _is_link(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))


def _functions() -> dict[str, Callable[..., Any]]:
    return {
        "strip": charts.strip,
        "bar": charts.bar,
        "gap_strip": charts.gap_strip,
        "curve": charts.curve,
        "risk_curve": charts.risk_curve,
        "degradation": charts.degradation,
        "scale": charts.scale,
        "seconds": seconds,
        "three_digits": three_digits,
        "is_link": _is_link,
        "is_alike": is_alike,
        "is_outside": is_outside,
        "metric_name": metric_name,
        "compared_name": compared_name,
        "group_name": group_name,
    }
