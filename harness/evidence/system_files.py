"""The files of the system under test before and after a run: whether one and the same was measured.

They are hashed before the first prediction and after the last request, and stand in the record of the run under
``system``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.cards.facts import Sha256
from harness.files import sha256_file

SECTION = "system"
MAX_FILES = 10_000

_Name = Annotated[str, Field(max_length=300)]
_Hashes = Annotated[dict[_Name, Sha256], Field(max_length=MAX_FILES)]


class SystemFiles(BaseModel):
    """SHA-256 of the files by name, sorted; a file that is gone afterwards is missing there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights_before: _Hashes
    weights_after: _Hashes

    def changed(self) -> list[str]:
        """The names of the files that are gone, new or different."""
        names = sorted({*self.weights_before, *self.weights_after})
        return [name for name in names if self.weights_before.get(name) != self.weights_after.get(name)]


def file_hashes(files: Mapping[str, Path]) -> dict[str, str]:
    """The SHA-256 of each file that is there, by name, sorted."""
    return {name: sha256_file(path) for name, path in sorted(files.items()) if path.is_file()}


def recorded_system_files(record: Mapping[str, Any] | None) -> SystemFiles | None:
    """What ``run.json`` says of the files of the system; None if it says nothing that can be read.

    Args:
        record: as `harness.evidence.run_folder.RunFolder.read_run` gives it.
    """
    try:
        return SystemFiles.model_validate((record or {}).get(SECTION))
    except ValidationError:
        return None
