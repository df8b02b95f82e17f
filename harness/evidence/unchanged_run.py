"""A finished run whose evidence is still what it wrote, for whoever builds on it: a comparison, a fusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.evidence.run_folder import EVIDENCE, RunFolder, StoredPlan


@dataclass(frozen=True)
class UnchangedRun:
    """A finished run.

    Attributes:
        folder: of the run.
        stored: its plan.
        record: the contents of ``run.json``.
    """

    folder: RunFolder
    stored: StoredPlan
    record: Mapping[str, Any]

    @property
    def plan(self) -> dict[str, Any]:
        """The plan, upgraded to this version of the harness."""
        return self.stored.plan

    def sha256_of(self, name: str) -> str:
        """The hash of a file that was required of the run."""
        return str(self.record["files"][name])


def read_unchanged_run(path: Path, tables: Sequence[str]) -> UnchangedRun:
    """Read the plan and the record of a finished run, after a check of the evidence.

    Args:
        path: its folder.
        tables: the files that are needed, such as ``samples.parquet``.

    Raises:
        HarnessError: the folder is not that of a finished run, lacks a table, or its evidence was changed.
    """
    folder = RunFolder(path)
    stored = folder.read_plan()
    record = folder.read_run()
    if record is None:
        raise HarnessError(f"{path}: this run is not finished. Repeat its command to continue it.")
    unlisted = [name for name in tables if not isinstance(record["files"].get(name), str)]
    if unlisted:
        raise HarnessError(
            f"{path}: run.json has no hash of {unlisted[0]}, so it is not known what the run wrote."
        )
    changed = [name for name in folder.changed_files() if name in EVIDENCE]
    if changed:
        raise HarnessError(
            f"{path}: {changed[0]} is not what the run wrote (its hash in run.json differs). What is made from it "
            "would be based on changed evidence: run it again in a new folder."
        )
    return UnchangedRun(folder, stored, record)


def require_named(plan: Mapping[str, Any], path: Path) -> None:
    """Check that a plan has everything by which runs are told apart.

    Raises:
        HarnessError: it does not say which system was run on which dataset, with which choices.
    """
    try:
        _ = plan["model"]["options"], plan["dataset"]["options"], plan["face"], plan["dataset"]["simulated"]
        names = plan["model"]["name"], plan["dataset"]["name"]
    except (KeyError, TypeError):
        names = None, None
    if not all(isinstance(name, str) for name in names):
        raise HarnessError(f"{path}: the plan does not say which system was run on which dataset.")
