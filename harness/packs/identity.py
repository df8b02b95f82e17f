"""Which run a pack is of: system, dataset and run, as the manifest states them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.packs.manifest import MeasuredOn, MeasuredSystem, RunIdentity

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIGITS_IN_KEY = "sha256"


def measured_system(plan: Mapping[str, Any]) -> MeasuredSystem:
    """The system under test of a plan."""
    card = plan["cards"]["models"][0]
    return MeasuredSystem(
        name=plan["model"]["name"],
        title=card["title"],
        version=card.get("version"),
        provider=card.get("provider"),
        weights=dict(_hashes(plan["model"].get("facts") or {})),
    )


def measured_on(plan: Mapping[str, Any], record: Mapping[str, Any]) -> MeasuredOn:
    """The dataset of a plan, with the files that the run read."""
    dataset = plan["dataset"]
    return MeasuredOn(
        name=dataset["name"],
        title=plan["cards"]["dataset"]["title"],
        num_samples=dataset["num_samples"],
        num_subjects=dataset["num_subjects"],
        media=record.get("media") or {},
    )


def run_identity(run: RunFolder) -> RunIdentity:
    """The run that a record is of.

    Args:
        run: a folder with its ``run.json``, byte for byte.
    """
    record = run.read_run() or {}
    return RunIdentity(
        plan_sha256=record["plan_sha256"],
        run_sha256=sha256_file(run / "run.json"),
        started=record["started"],
        finished=record["finished"],
    )


def _hashes(facts: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every SHA-256 among the facts of a system, by its dotted key."""
    for key, value in facts.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _hashes(value, f"{name}.")
        elif isinstance(value, str) and _DIGITS_IN_KEY in name and _SHA256.fullmatch(value):
            yield name[:300], value
