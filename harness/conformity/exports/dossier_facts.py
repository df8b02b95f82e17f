"""The facts that a dossier states, by name."""

from __future__ import annotations

from collections.abc import Iterator

from harness.conformity.dossier import Dossier, Party
from harness.conformity.exports.filling import RunFacts
from harness.conformity.known_standards import known_standards
from harness.conformity.scope import legal_profile

PARTIES = ("provider", "authorised_representative", "deployer", "customer", "laboratory")


def dossier_facts(dossier: Dossier) -> RunFacts:
    """What people state, named ``dossier.<key>``."""
    purpose = dossier.purpose
    exceptions = {"medical_or_safety": purpose.medical_or_safety, "personal_training": purpose.personal_training}
    return {
        "dossier.purpose.statement": [purpose.statement],
        "dossier.purpose.deployer": [purpose.deployer],
        "dossier.purpose.exposed": [purpose.exposed],
        "dossier.purpose.exposed_people": [each.replace("_", " ") for each in purpose.exposed_people],
        "dossier.purpose.domain": [purpose.domain],
        "dossier.purpose.infers": [purpose.infers],
        **{f"dossier.purpose.{name}": [each.reason] if each else [] for name, each in exceptions.items()},
        **{
            f"dossier.{name}.{key}": texts
            for name in PARTIES
            for key, texts in _party(getattr(dossier, name)).items()
        },
        "dossier.special_categories": _special_categories(dossier),
        "dossier.standards_applied": list(_standards(dossier)),
        "dossier.test.sampling_plan": as_list(dossier.test.sampling_plan),
        "dossier.decision_rule.statement": as_list(dossier.decision_rule.statement),
    }


def _party(party: Party) -> RunFacts:
    parts = [part for part in (party.name, party.address, party.contact) if part]
    return {
        "name": as_list(party.name),
        "address": as_list(party.address),
        "contact": as_list(party.contact),
        "email": [party.contact] if party.contact and "@" in party.contact else [],
        "whole": ["; ".join(parts)] if party.name else [],
    }


def _special_categories(dossier: Dossier) -> list[str]:
    """Each condition that somebody says is kept, with who says so."""
    asked = legal_profile().special_categories
    return [
        f"({key}) {asked[key]} {each.statement} ({each.by})"
        for key, each in sorted(dossier.special_categories.items())
    ]


def _standards(dossier: Dossier) -> Iterator[str]:
    """Each standard with its stage, and that none of them was cited under the AI Act."""
    known = known_standards()
    for each in dossier.standards_applied:
        stage = known.stage_of(each.name)
        stated = ", ".join(filter(None, (each.name, each.edition, each.parts)))
        yield f"{stated} ({stage})" if stage else stated
    if dossier.standards_applied:
        yield known.note


def as_list(text: str | None) -> list[str]:
    """A text as the entries of a fact: none where it is not stated."""
    return [] if text is None else [text]
