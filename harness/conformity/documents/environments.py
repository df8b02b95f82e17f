"""The environments of test client and system under test: hardware, software, configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.stated_items import Entry, known, written
from harness.wording import listed, quantity

ELSEWHERE = frozenset({"http", "chat", "command", "predictions"})
"""Kinds of systems that do not run within the test client, so that their environment is not known to it."""

DOCUMENT = "test_report"
FIELD = "system_environment"


def environments(facts: DocumentFacts) -> list[Entry]:
    """Both environments, and the settings of the run that decide its numbers."""
    plan, record = facts.plan, facts.run.record
    environment: Mapping[str, Any] = record.get("environment") or {}
    packages: Mapping[str, str] = environment.get("packages") or {}
    machine = [environment.get("platform"), environment.get("cpu"), _cores(environment)]
    return [
        known("Test client, machine", ", ".join(text for text in machine if text), *_gpus(environment)),
        known(
            "Test client, software",
            f"Python {environment.get('python', 'not recorded')}, "
            + ", ".join(f"{name} {version}" for name, version in packages.items()),
            *_installed(environment),
        ),
        known("Test client, code", _code(record)),
        _system(facts),
        known(
            "Settings",
            f"device {plan['device']}, precision {plan['precision']}, batches of {plan['batch_size']}, "
            f"seed {plan['seed']}, {plan['timeout_s']:g} s for a sample, "
            f"{quantity(facts.num_answers, 'answer')} asked of each, conditions: {listed(facts.conditions, 20)}",
        ),
    ]


def _system(facts: DocumentFacts) -> Entry:
    kind = facts.run.model_card.kind
    if kind in ELSEWHERE:
        return written(facts.run.dossier, DOCUMENT, FIELD, "System under test")
    return known("System under test", f"ran within the test client, as a system of the kind {kind}")


def _installed(environment: Mapping[str, Any]) -> list[str]:
    found = environment.get("installed_sha256")
    return [] if found is None else [f"SHA-256 of the versions of all installed packages: {found}"]


def _cores(environment: Mapping[str, Any]) -> str | None:
    cores = environment.get("cores")
    return None if cores is None else f"{cores} cores"


def _gpus(environment: Mapping[str, Any]) -> list[str]:
    gpus = environment.get("gpus") or []
    return [str(gpu) for gpu in gpus] or ["no graphics processor"]


def _code(record: Mapping[str, Any]) -> str:
    git: Mapping[str, Any] = record.get("git") or {}
    if not git.get("commit"):
        return "no commit recorded; the hash of the code is in item f"
    return f"commit {git['commit']}{', with changes that were not committed' if git.get('dirty') else ''}"
