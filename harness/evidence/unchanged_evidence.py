"""Whether a run is finished and its evidence is what it wrote, for what builds on it, such as a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.evidence.run_folder import EVIDENCE, RunFolder


def require_named(plan: Mapping[str, Any], path: Path) -> None:
    """Check that a plan has everything by which runs are told apart.

    Args:
        plan: of a run.
        path: of its file, for the message.

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


def record_of_unchanged(folder: RunFolder, tables: Sequence[str]) -> dict[str, Any]:
    """The record of a finished run, after a check of its evidence.

    Args:
        folder: of the run.
        tables: the files that are needed, such as ``samples.parquet``.

    Raises:
        HarnessError: the run is not finished, lacks a table, or its evidence was changed.
    """
    record = folder.read_run()
    if record is None:
        if not (folder / "plan.yaml").is_file():
            raise folder.no_run()
        raise HarnessError(f"{folder.path}: this run is not finished. Repeat its command to continue it.")
    unlisted = [name for name in tables if not isinstance(record["files"].get(name), str)]
    if unlisted:
        raise HarnessError(
            f"{folder.path}: run.json has no hash of {unlisted[0]}, so it is not known what the run wrote."
        )
    changed = [name for name in folder.changed_files() if name in EVIDENCE]
    if changed:
        raise HarnessError(
            f"{folder.path}: {changed[0]} is not what the run wrote (its hash in run.json differs). What is made "
            "of it would be based on changed evidence: run it again in a new folder."
        )
    return record
