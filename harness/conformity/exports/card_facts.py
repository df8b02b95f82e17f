"""The facts that the cards of the system and of the dataset state, by name, with what the plan adds to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.cards.facts import Licence
from harness.conformity.disclosure import shown_counts
from harness.conformity.exports import measured_sentences as measured
from harness.conformity.exports.dossier_facts import as_list
from harness.conformity.exports.filling import RunFacts
from harness.conformity.exports.measured_sentences import LANGUAGES
from harness.conformity.measured_run import MeasuredRun
from harness.report.claims import measured_claims, told
from harness.wording import quantity


def model_facts(run: MeasuredRun) -> RunFacts:
    """What is known of the system, named ``model.<key>``."""
    card = run.model_card
    facts = run.plan["model"].get("facts") or {}
    weights = facts.get("weights_sha256") or (card.weights.sha256 if card.weights else None)
    reference = [card.title, f"version {card.version}" if card.version else None]
    reference += [f"SHA-256 of the weights {weights}" if weights else None]
    return {
        "model.title": [card.title],
        "model.name": [card.name],
        "model.version": as_list(card.version),
        "model.reference": [", ".join(filter(None, reference))],
        "model.weights": [f"SHA-256 {weights}"] if weights else [],
        "model.description": [card.description],
        "model.purpose": [card.purpose],
        "model.provider": as_list(run.dossier.provider.name or card.provider),
        "model.url": as_list(card.url),
        "model.citation": as_list(card.citation),
        "model.licence": [_licence(card.licence)],
        "model.training": [card.training],
        "model.training_data": as_list(card.training_data),
        **{f"model.media.{language}": measured.input_media(run, language) for language in LANGUAGES},
        **{f"model.answers.{language}": measured.answers(run, language) for language in LANGUAGES},
        "model.input": [f"Input: {_flat(card.input)}."] if card.input else [],
        "model.limitations": list(card.limitations),
        "model.claims": list(told([one for one in measured_claims(run.plan, run.results) if not one.claim.group])),
        "model.changes": as_list(card.changes),
        **{f"model.changes.{language}": measured.changes(run, language) for language in LANGUAGES},
    }


def dataset_facts(run: MeasuredRun) -> RunFacts:
    """What is known of the dataset, named ``dataset.<key>``."""
    card, dataset = run.dataset_card, run.plan["dataset"]
    counts = f"{quantity(dataset['num_samples'], 'sample')} of {quantity(dataset['num_subjects'], 'subject')}"
    return {
        "dataset.title": [card.title],
        "dataset.description": [card.description],
        "dataset.url": as_list(card.url),
        "dataset.citation": as_list(card.citation),
        "dataset.licence": [_licence(card.licence)],
        "dataset.collection": as_list(card.collection),
        "dataset.consent": as_list(card.consent),
        "dataset.counts": [f"{counts[0].upper()}{counts[1:]} were measured."],
        "dataset.labels": [f"Labels: {', '.join(card.labels)}."] if card.labels else [],
        "dataset.label_source": [f"Source of the labels: {card.label_source}."] if card.label_source else [],
        "dataset.label_note": as_list(card.label_note),
        "dataset.raters": as_list(card.raters),
        "dataset.elicitation": [f"Elicitation: {card.elicitation}."],
        "dataset.attributes": [
            f"Attribute {name}: source {each.source}." + (f" {each.note}" if each.note else "")
            for name, each in card.attributes.items()
        ],
        "dataset.groups": list(_groups(run)),
        "dataset.languages": list(card.languages),
        "dataset.version": as_list(card.version),
        "dataset.limitations": list(card.limitations),
    }


def _groups(run: MeasuredRun) -> Iterator[str]:
    """How many people of each group took part; small numbers are not told."""
    axes: Mapping[str, Any] = (run.plan.get("attributes") or {}).get("groups") or {}
    for axis, found in axes.items():
        counts = {each["group"]: int(each["subjects"]) for each in found["groups"]}
        shown = shown_counts(counts, run.min_subjects)
        listed = [f"{group} {'few' if num is None else num}" for group, num in shown.items()]
        yield f"Subjects by {axis}: {', '.join(listed)}."


def _licence(licence: Licence) -> str:
    return ", ".join(filter(None, (licence.name, licence.url)))


def _flat(value: Any) -> str:
    """A section of a card in one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_flat(inner)}" for key, inner in value.items())
    return " to ".join(map(str, value)) if isinstance(value, list) and len(value) == 2 else str(value)
