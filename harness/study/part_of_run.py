"""A run that answers a part of its study: ``shard=2/3``. `harness.study.merge_parts` makes one run of all parts.

A part has the plan and the list of samples of the whole study, and a journal with the answers to its own batches.
"""

from __future__ import annotations

from typing import Any

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import read_json, write_json
from harness.inference.part import Part
from harness.models.model import MediaModel, Model
from harness.study.config import StudyConfig

NOTE = "part.json"
"""In the journal: which part was answered there last."""


def require_divisible(config: StudyConfig, system: Model[Any]) -> None:
    """Check that a part of a study can be answered on its own.

    Raises:
        HarnessError: the system answers from a table, at once.
    """
    if not isinstance(system, MediaModel):
        raise HarnessError(
            f"shard={config.shard}: {system.name} reads no media, so there is nothing to divide. Leave shard= out."
        )
    if config.profile:
        raise HarnessError("profile=true: only a whole study is profiled. Leave shard= out.")


def note_part(folder: RunFolder, part: Part) -> None:
    """Note which part is answered in a folder. The caller has locked it."""
    write_json({"shard": str(part)}, folder.journal / NOTE)


def noted_part(folder: RunFolder) -> Part | None:
    """Which part was answered in a folder; None if it does not say so."""
    try:
        return Part.of(str(read_json(folder.journal / NOTE)["shard"]))
    except (OSError, ValueError, KeyError, TypeError, HarnessError):
        return None
