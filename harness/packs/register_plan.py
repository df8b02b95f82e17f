"""Registers the plan of a study before its run: written into the run's folder, and signed with a date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.errors import HarnessError
from harness.evidence.names_in_plan import plan_by_pseudonyms
from harness.evidence.pseudonyms import load_pseudonym
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, write_bytes
from harness.inference.lock import locked
from harness.packs.registration import REGISTRATION, registration_bytes
from harness.packs.signing_keys import SigningKey
from harness.study.config import StudyConfig
from harness.study.observer import Observer
from harness.study.prepared_study import open_study, prepare

_COLUMNS = ("subject_id", "session_id", "sample_id", "uri")


@dataclass(frozen=True)
class Registered:
    """A plan that was registered.

    Attributes:
        folder: of the run that is to follow.
        plan_sha256: of the plan, as the run will record it.
    """

    folder: Path
    plan_sha256: str


def register_plan(config: StudyConfig, key: SigningKey, now: datetime, observer: Observer) -> Registered:
    """Make the plan of a study, and sign it.

    Args:
        config: all choices, as for the run.
        key: with which it is signed.
        now: the date, with a time zone.
        observer: receives warnings.

    Raises:
        HarnessError: dataset or system cannot be used; the folder belongs to another plan, or its run has begun.
    """
    observer.stage("making the plan")
    reader, system = open_study(config)
    prepared = prepare(config, reader, system, observer)
    folder = RunFolder(config.out or prepared.default_folder)
    folder.require_own()
    with locked(folder.path):
        if folder.journal.exists() or (folder / "predictions.parquet").exists():
            raise HarnessError(f"{folder.path}: this run has begun, so its plan cannot be registered before it.")
        if (folder / REGISTRATION).exists():
            raise HarnessError(f"{folder / REGISTRATION}: this plan is registered already.")
        folder.write_plan(prepared.plan)
        public = plan_by_pseudonyms(prepared.plan, [prepared.samples.select(_COLUMNS)], load_pseudonym())
        write_bytes(registration_bytes(public, key, now), folder / REGISTRATION)
    return Registered(folder.path, canonical_hash(prepared.plan))
