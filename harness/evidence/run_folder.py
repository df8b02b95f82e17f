"""The folder of one run: what it holds, when it is whole, and whether it is still what was written.

``plan.yaml`` is written before the first prediction. ``run.json`` is written last and holds the hash of every
other file: a folder without it is an interrupted run, which the same command continues.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from harness.errors import HarnessError
from harness.files import canonical_hash, sha256_file, write_bytes, write_json
from harness.plain_yaml import parse_yaml
from harness.tables.versions import KEY, schema_version, upgraded_document

EVIDENCE = (
    "plan.yaml",
    "samples.parquet",
    "files.parquet",
    "predictions.parquet",
    "folds.json",
    "media.parquet",
    "probes.parquet",
    "timings.parquet",
    "answers.parquet",
)
"""What the run made with the model and the data; ``media`` and ``probes`` only where the system reads media,
``answers`` only where a model says more of a sample than its scores."""

DERIVED = ("results.parquet", "results.csv", "curves.parquet", "report.html")
"""What follows from the evidence alone, equal to the byte whoever computes it."""

_BEGUN = (".lock", ".plan.yaml.", ".journal")
"""How the names begin of what a run that was killed before it had a plan leaves, and of answers taken over from
another run."""


@dataclass(frozen=True)
class StoredPlan:
    """A plan that was read.

    Attributes:
        plan: as this version of the harness knows it.
        sha256: the canonical hash of the plan as it was written.
        steps: by which it was read; none where it is of this version.
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
        """Where unfinished inference is kept; gone when the run is whole."""
        return self.path / ".journal"

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def require_own(self) -> None:
        """Check that the folder is absent, empty, or that of a run: nothing is ever mixed into other files.

        Raises:
            HarnessError: it holds something else.
        """
        if (self / "plan.yaml").is_file() or not self.path.is_dir():
            return
        foreign = sorted(path.name for path in self.path.iterdir() if not path.name.startswith(_BEGUN))
        if foreign:
            raise HarnessError(
                f"{self.path}: the folder is not empty and is not that of a run (it holds {foreign[0]}). "
                "Give a new folder with out=DIR, or leave it out to get one per plan."
            )

    def write_plan(self, plan: dict[str, Any]) -> None:
        """Write the plan, or check that the folder already holds this very plan.

        Raises:
            HarnessError: the folder holds another plan; the message names what differs.
        """
        if (self / "plan.yaml").exists():
            found, _ = self._plan_as_written()
            if found != plan:
                differing = ", ".join(_differences(found, plan))
                raise HarnessError(
                    f"{self.path} holds a run with another plan (different: {differing}). "
                    "Choose another out=DIR, or leave it out to get a folder per plan."
                )
            return
        document = {"sha256": canonical_hash(plan), "plan": plan}
        write_bytes(yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode(), self / "plan.yaml")

    def read_plan(self) -> StoredPlan:
        """The plan, of whatever version, after checking its hash.

        Raises:
            HarnessError: there is no plan, it was changed after it was written, or a newer harness wrote it.
        """
        path = self / "plan.yaml"
        plan, stated = self._plan_as_written()
        read = upgraded_document(plan, "plan", path)
        if canonical_hash(plan) != stated:
            raise HarnessError(f"{path}: the plan was changed after it was written (its hash does not match).")
        return StoredPlan(read.document, stated, read.steps)

    def _plan_as_written(self) -> tuple[dict[str, Any], str]:
        """The plan as it stands in the file, and the hash that it should have."""
        path = self / "plan.yaml"
        if not path.is_file():
            raise HarnessError(f"{self.path}: there is no plan.yaml. Is this the folder of a run?")
        try:
            document = parse_yaml(path.read_text(encoding="utf-8"))
            plan, stated = document["plan"], document["sha256"]
            canonical_hash(plan)
        except (ValueError, KeyError, TypeError):
            plan, stated = None, None
        if not isinstance(plan, dict) or not isinstance(stated, str):
            raise HarnessError(f"{path}: not a plan of this harness.")
        return plan, stated

    def tidy(self) -> None:
        """Remove files that a killed run left half-written. The caller holds the folder's lock."""
        for partial in self.path.glob(".*.part"):
            partial.unlink()

    def write_run(self, record: dict[str, Any]) -> None:
        """Write ``run.json`` with the hash of every other file. From here on the run is whole."""
        files = {name: sha256_file(self / name) for name in (*EVIDENCE, *DERIVED) if (self / name).is_file()}
        write_json({KEY: schema_version("run"), **record, "files": files}, self / "run.json")

    def read_run(self) -> dict[str, Any] | None:
        """The record of a finished run, or None for one that was interrupted.

        Raises:
            HarnessError: ``run.json`` is not readable, or a newer harness wrote it.
        """
        path = self / "run.json"
        if not path.is_file():
            return None
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            record = upgraded_document(record, "run", path).document
            known = set(record["files"].keys()) <= {*EVIDENCE, *DERIVED}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            known = False
        if not known:
            raise HarnessError(f"{path}: not the record of a run. Delete it to let the run finish again.")
        return record

    def changed_files(self) -> list[str]:
        """Files of a finished run that are gone or no longer what was written."""
        files: dict[str, str] = (self.read_run() or {}).get("files", {})
        return [n for n, sha in files.items() if not (self / n).is_file() or sha256_file(self / n) != sha]


def _differences(found: dict[str, Any], wanted: dict[str, Any], prefix: str = "") -> list[str]:
    keys = dict.fromkeys([*found, *wanted])
    differing: list[str] = []
    for key in keys:
        left, right = found.get(key), wanted.get(key)
        if isinstance(left, dict) and isinstance(right, dict):
            differing += _differences(left, right, f"{prefix}{key}.")
        elif left != right:
            differing.append(f"{prefix}{key}")
    return differing
