"""The items of Annex IV, each with what the run, the cards and the dossier say on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from harness.conformity.documents.environments import environments
from harness.conformity.documents.report_items import party
from harness.conformity.documents.run_facts import RunFacts
from harness.conformity.documents.stated_items import Entry, Item, asked_items, known, stated, written
from harness.conformity.documents.test_report import compared, verdict_counts
from harness.report.metric_names import metric_name
from harness.report.run_page import LABEL_SOURCE_TEXTS
from harness.wording import listed, quantity

ITEMS = "annex_iv"

DOCUMENT = "annex_iv"
"""The section of a dossier's texts in which people write what an item asks for, by its number."""


def annex_iv_items(facts: RunFacts) -> list[Item]:
    """All items in their order."""
    found = []
    for asked in asked_items(ITEMS).items:
        entries = list(_ENTRIES[asked.id](facts)) if asked.id in _ENTRIES else []
        if asked.by_people:
            entries.append(written(facts.run.dossier, DOCUMENT, asked.id, "In the provider's words"))
        found.append(Item(asked.id, asked.title, tuple(entries), asked.urns))
    return found


def _identity(facts: RunFacts) -> list[Entry]:
    card, run = facts.run.model_card, facts.run
    weights = card.weights.sha256 if card.weights else None
    before = None if run.previous is None else f"follows the evidence {run.previous.get('id')}"
    return [
        known("Intended purpose", run.dossier.purpose.statement),
        *party(run.dossier.provider, "provider"),
        stated("Version", card.version, "model card: version"),
        stated("Weights, SHA-256", weights, "model card: weights"),
        known("Relation to earlier versions", before or "no earlier evidence is linked to this one"),
    ]


def _software(facts: RunFacts) -> list[Entry]:
    return [entry for entry in environments(facts) if entry.label.startswith(("Test client, software", "System"))]


def _hardware(facts: RunFacts) -> list[Entry]:
    return [entry for entry in environments(facts) if entry.label == "Test client, machine"]


def _instructions(facts: RunFacts) -> list[Entry]:
    del facts
    return [known("Instructions for use", Markup('<a href="deployer.html">deployer.html</a>'))]


def _design(facts: RunFacts) -> list[Entry]:
    card = facts.run.model_card
    answers = [*card.labels, *card.dimensions]
    return [
        known("What is answered", listed(answers, 30) if answers else "learned from the data"),
        known(
            "Quality of the output", f"{quantity(len(compared(facts)), 'metric')} by group, in test_report.html"
        ),
    ]


def _resources(facts: RunFacts) -> list[Entry]:
    seconds: Mapping[str, float] = facts.run.record.get("seconds") or {}
    return [
        known(
            "For this test",
            ", ".join(f"{name} {value:g} s" for name, value in seconds.items()),
            *_hardware(facts)[0].texts,
        )
    ]


def _data(facts: RunFacts) -> list[Entry]:
    card = facts.run.dataset_card
    sources = [f"{LABEL_SOURCE_TEXTS[name]} ({quantity(num, 'sample')})" for name, num in facts.label_sources]
    groups = [
        f"{axis.replace('_', ' ')}: "
        + ", ".join(f"{one['group']} {one['subjects']:,}" for one in of_axis["groups"])
        for axis, of_axis in facts.plan["attributes"]["groups"].items()
    ]
    return [
        known("Test data", f"{card.title}. {card.description}"),
        stated("How they were collected", card.collection, "data set card: collection"),
        stated("Consent", card.consent, "data set card: consent"),
        known(
            "Scope",
            f"{quantity(facts.num_samples, 'sample')} of {quantity(facts.num_subjects, 'subject')}",
            *groups,
        ),
        known("Labels", *sources, card.label_note),
        known("Limitations", *card.limitations),
        stated("Training data", facts.run.model_card.training_data, "model card: training_data"),
    ]


def _testing(facts: RunFacts) -> list[Entry]:
    counts, signers = verdict_counts(facts), facts.run.signers
    said = ", ".join(f"{num:,} {verdict.replace('_', ' ')}" for verdict, num in counts.items())
    return [
        known("Procedure", Markup('<a href="test_report.html">test_report.html</a>')),
        known("Metrics and thresholds defined before", f"plan, SHA-256 {facts.run.plan_sha256}"),
        known("Effects on groups", f"{quantity(sum(counts.values()), 'gap')} between groups: {said}"),
        known("Logs", "predictions.parquet, timings.parquet and run.json in the folder run of the pack"),
        stated(
            "Dated and signed by",
            [f"{one.name}, {one.role}, {one.organisation}" for one in signers],
            "given when the pack is signed",
        ),
        stated("Dated", facts.run.issued, "given when the pack is signed"),
    ]


def _robustness(facts: RunFacts) -> list[Entry]:
    conditions = [of["name"] for of in facts.plan["conditions"] if of["name"] != "clean"]
    return [
        known(
            "Robustness that was measured",
            listed(conditions, 20) if conditions else "only unchanged samples were measured",
        )
    ]


def _limits(facts: RunFacts) -> list[Entry]:
    worse = [f"{one.group.name} ({one.axis or 'search'}): {one.metric} {one.direction}" for one in facts.worse_off]
    untested = [f"{one.group.name} ({one.axis.replace('_', ' ')})" for one in facts.untested_groups]
    return [
        known("Accuracy for groups", "in the table of verdicts below, and in biometric_view.html"),
        known("Works worse for", *(worse or ["no group, as far as could be shown"])),
        known("Not tested", listed(untested, 30) if untested else "no group was too small"),
        known("Stated limitations of the system", *facts.run.model_card.limitations),
    ]


def _appropriate(facts: RunFacts) -> list[Entry]:
    return [
        known(
            "Metrics that groups are compared on", *(": ".join(metric_name(metric)) for metric in compared(facts))
        )
    ]


def _changes(facts: RunFacts) -> list[Entry]:
    run = facts.run
    chain = (
        "none is linked"
        if run.previous is None
        else f"{run.previous.get('id')}: {run.previous.get('reason') or 'no reason is stated'}"
    )
    return [
        known("Evidence before this one", chain),
        known("Changes of the signed plan", f"{len(run.deviations)}"),
    ]


def _standards(facts: RunFacts) -> list[Entry]:
    applied = [
        ", ".join(text for text in (one.name, one.edition, one.parts) if text)
        for one in facts.run.dossier.standards_applied
    ]
    return [stated("Stated by the provider", applied, "dossier: standards_applied")]


_ENTRIES: Mapping[str, Callable[[RunFacts], list[Entry]]] = {
    "1(a)": _identity,
    "1(c)": _software,
    "1(e)": _hardware,
    "1(h)": _instructions,
    "2(b)": _design,
    "2(c)": _resources,
    "2(d)": _data,
    "2(g)": _testing,
    "2(h)": _robustness,
    "3": _limits,
    "4": _appropriate,
    "6": _changes,
    "7": _standards,
}
