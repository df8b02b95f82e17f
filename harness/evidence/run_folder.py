"""The folder of one run: its files, whether it is complete, and whether files were changed.

``plan.yaml`` is written before the first prediction. ``run.json`` is written last and contains the hash of every
other file: a folder without it is an interrupted run, which the same command continues.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.errors import HarnessError
from harness.files import (
    MAX_DOCUMENT_BYTES,
    MAX_TABLE_BYTES,
    canonical_hash,
    read_json,
    require_reachable,
    sha256_file,
    write_bytes,
    write_json,
)
from harness.plain_yaml import read_yaml
from harness.remote.address import remote_address
from harness.tables.versions import KEY, schema_version, upgraded_document

EVIDENCE = (
    "plan.yaml",
    "samples.parquet",
    "files.parquet",
    "predictions.parquet",
    "repeats.parquet",
    "folds.json",
    "media.parquet",
    "probes.parquet",
    "timings.parquet",
    "answers.parquet",
    "frames.parquet",
)
"""The files that need the model and the data; ``media`` and ``probes`` only if the system reads media, ``repeats``
only if it was asked more than once, ``answers`` only if a model gives more than scores for a sample, ``frames``
only if the system was asked about the frames of films."""

DERIVED = ("results.parquet", "results.csv", "curves.parquet", "report.html")
"""The files that are computed from the evidence alone, equal to the byte on any machine."""

_SECTIONS = ("media", "git", "environment")
"""The parts of ``run.json`` that are tables of facts, or null."""

PRACTICE = "practice.json"
"""The record of a practice test, in whose folder its studies lie."""

_BEGUN = (".lock", ".plan.yaml.", ".journal")
"""Prefixes of the files that a run leaves if it is killed before it has written its plan, and of the journal of
another run, copied to reuse its answers."""


class OtherPlanError(HarnessError):
    """The folder contains a run with another plan.

    Args:
        message: what is said.
        sha256: the canonical hash of the plan that was to be written.
    """

    def __init__(self, message: str, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(message)


@dataclass(frozen=True)
class StoredPlan:
    """A plan read from a run folder.

    Attributes:
        plan: upgraded to this version of the harness.
        sha256: the canonical hash of the plan as it was written.
        steps: the upgrade steps; empty if it is of this version.
    """

    plan: dict[str, Any]
    sha256: str
    steps: tuple[str, ...]


@dataclass(frozen=True)
class RunFolder:
    """A run's folder."""

    path: Path

    @property
    def journal(self) -> Path:
        """Where unfinished inference is kept; removed when the run is complete."""
        return self.path / ".journal"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def require_own(self) -> None:
        """Check that the folder is absent, empty, or that of a run, so that nothing is mixed with other files.

        Raises:
            HarnessError: it contains something else.
        """
        if (self / "plan.yaml").is_file() or not self.path.is_dir():
            return
        foreign = sorted(path.name for path in self.path.iterdir() if not path.name.startswith(_BEGUN))
        if foreign:
            raise HarnessError(
                f"{self.path}: the folder is not empty and is not that of a run (it contains {foreign[0]}). "
                "Give a new folder with out=DIR, or leave it out to get one per plan."
            )

    def write_plan(self, plan: dict[str, Any]) -> None:
        """Write the plan, or check that the folder already contains the same plan.

        Raises:
            OtherPlanError: the folder contains another plan; the message names what differs.
        """
        if (self / "plan.yaml").exists():
            found, _ = self._plan_as_written()
            if found != plan:
                differing = ", ".join(plan_differences(found, plan))
                unused = not self.journal.exists() and not (self / "predictions.parquet").exists()
                delete = "No sample was answered under it: delete the folder and run again, or choose"
                raise OtherPlanError(
                    f"{self.path} contains a run with another plan (different: {differing}). "
                    f"{delete if unused else 'Choose'} another out=DIR, or leave it out to get a folder per plan.",
                    canonical_hash(plan),
                )
            return
        document = {"sha256": canonical_hash(plan), "plan": plan}
        write_bytes(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode(), self / "plan.yaml")

    def read_plan(self) -> StoredPlan:
        """The plan, whatever its version, after checking its hash.

        Raises:
            HarnessError: there is no plan, it was changed after it was written, or a newer harness wrote it.
        """
        path = self / "plan.yaml"
        plan, stated = self._plan_as_written()
        read = upgraded_document(plan, "plan", path)
        if canonical_hash(plan) != stated:
            raise HarnessError(f"{path}: the plan was changed after it was written (its hash does not match).")
        return StoredPlan(read.document, stated, read.steps)

    def no_run(self) -> HarnessError:
        """That this is no folder of a run; of a practice test, that its studies are.

        Raises:
            OSError: it cannot be looked at, see `require_reachable`.
        """
        if address := remote_address(self.path):
            return HarnessError(f"{address}: this command reads folders. Copy the run to this machine first.")
        require_reachable(self / "plan.yaml")
        if not (self / PRACTICE).is_file():
            return HarnessError(f"{self.path}: there is no plan.yaml. Is this the folder of a run?")
        found = sorted(path.parent.relative_to(self.path).as_posix() for path in self.path.rglob("run.json"))
        studies = f"Its studies are runs: {', '.join(found)}" if found else "It has no study, which would be a run"
        return HarnessError(f"{self.path}: this is a practice test and not the folder of a run. {studies}.")

    def _plan_as_written(self) -> tuple[dict[str, Any], str]:
        """The plan as it is in the file, and the hash that it should have."""
        path = self / "plan.yaml"
        if not path.is_file():
            raise self.no_run()
        try:
            document = read_yaml(path)
            plan, stated = document["plan"], document["sha256"]
            canonical_hash(plan)
        except (ValueError, KeyError, TypeError):
            plan, stated = None, None
        if not isinstance(plan, dict) or not isinstance(stated, str):
            raise HarnessError(f"{path}: not a plan of this harness.")
        return plan, stated

    def _planned_samples(self) -> str | None:
        """The hash of the samples that the plan was made for; None if it states none."""
        if not (self / "plan.yaml").is_file():
            return None
        dataset = self.read_plan().plan.get("dataset")
        return (
            str(dataset["samples_sha256"]) if isinstance(dataset, dict) and "samples_sha256" in dataset else None
        )

    def tidy(self) -> None:
        """Remove files that a killed run left half-written. The caller has locked the folder."""
        for partial in self.path.glob(".*.part"):
            partial.unlink()

    def write_run(self, record: dict[str, Any]) -> None:
        """Write ``run.json`` with the hash of every other file. This completes the run."""
        files = {name: sha256_file(self / name) for name in (*EVIDENCE, *DERIVED) if (self / name).is_file()}
        write_json({KEY: schema_version("run"), **record, "files": files}, self / "run.json")

    def read_run(self) -> dict[str, Any] | None:
        """The record of a finished run, or None for one that was interrupted.

        Raises:
            HarnessError: ``run.json`` is not readable, or a newer harness wrote it.
        """
        path = self / "run.json"
        if not path.exists():
            return None
        try:
            record: dict[str, Any] = read_json(path)
            record = upgraded_document(record, "run", path).document
            known = _has_its_form(record)
        except (ValueError, KeyError, TypeError, AttributeError):
            known = False
        if not known:
            raise HarnessError(
                f"{path}: not the record of a run. If the run is your own, delete the file to let it finish again."
            )
        return record

    def changed_files(self) -> list[str]:
        """Files of a finished run that are missing, were changed, or are not those of its plan.

        Whoever exchanges the samples can write their hash into ``run.json``; the plan, of which the run is named,
        has it as well.
        """
        run = self.read_run()
        if run is None:
            return []
        expected: dict[str, set[str]] = {name: {str(sha256)} for name, sha256 in run["files"].items()}
        if planned := self._planned_samples():
            expected.setdefault("samples.parquet", set()).add(planned)
        return [name for name, hashes in expected.items() if self.sha256(name) not in hashes or len(hashes) > 1]

    def sha256(self, name: str) -> str | None:
        """The SHA-256 of a file of the run; None if it is missing, or larger than any that a run writes."""
        path = self / name
        return sha256_file(path) if path.is_file() and path.stat().st_size <= largest(name) else None


def _has_its_form(record: dict[str, Any]) -> bool:
    """Whether the record names files of a run, and has tables and lists where others look into them."""
    sections = [record.get(name) or {} for name in _SECTIONS]
    if not record["files"].keys() <= {*EVIDENCE, *DERIVED} or not all(isinstance(each, dict) for each in sections):
        return False
    environment = record.get("environment") or {}
    gpus, packages = environment.get("gpus") or [], environment.get("packages") or {}
    return isinstance(gpus, list) and isinstance(packages, dict)


def largest(name: str) -> int:
    """The most bytes that a file of a run may have; a document is read as a whole."""
    return MAX_DOCUMENT_BYTES if name.endswith((".yaml", ".json")) else MAX_TABLE_BYTES


def plan_differences(found: dict[str, Any], wanted: dict[str, Any], prefix: str = "") -> list[str]:
    """The names of the choices in which two plans differ, such as ``measure.level``."""
    keys = dict.fromkeys([*found, *wanted])
    differing: list[str] = []
    for key in keys:
        left, right = found.get(key), wanted.get(key)
        if isinstance(left, dict) and isinstance(right, dict):
            differing += plan_differences(left, right, f"{prefix}{key}.")
        elif left != right:
            differing.append(f"{prefix}{key}")
    return differing
