"""What the studies of a sweep note: that they wait, where they run, and how they ended, a file for each.

A file is replaced as a whole, so that studies in several processes or on several machines do not disturb each
other, and whoever looks meanwhile sees no half of one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.files import read_json, write_json

NOTES = "studies"
"""In the folder of a sweep."""


@dataclass(frozen=True)
class Ended:
    """How one study of a run or a sweep ended, or how far it is.

    Attributes:
        number: of the study, from 0 in the order of the sweep.
        name: the choices that are its own.
        code: the exit code; None if it has not ended.
        why: the message of a study that failed.
        folder: of a study that has begun; empty if it failed or waits.
        metrics: of the system, overall.
        sweep_dir: the folder of the sweep.
        choices: the swept keys and the values of this study, as they were written.
        tracking: where it was to be logged; None if nowhere, or if its config does not say so.
    """

    number: int
    name: str
    code: int | None = None
    why: str = ""
    folder: str = ""
    metrics: dict[str, float] | None = None
    sweep_dir: str = "."
    choices: Mapping[str, str] = field(default_factory=dict)
    tracking: Mapping[str, Any] | None = None

    def write(self, notes: Path) -> None:
        """Replace what the study has noted before."""
        write_json(asdict(self) | {"begun": _from(notes, self.folder)}, notes / f"{self.number}.json")


def read_notes(notes: Path) -> list[Ended]:
    """What the studies have noted, in the order of the sweep.

    Raises:
        OSError: they cannot be read.
        ValueError: a file is not what a study writes.
    """
    found = []
    for path in notes.glob("[0-9]*.json"):
        noted = read_json(path)
        try:
            noted.pop("begun")
            found.append(Ended(**noted))
        except (TypeError, AttributeError, KeyError):
            raise ValueError(f"{path} is not what a study writes") from None
    return sorted(found, key=lambda one: one.number)


def begun_runs(notes: Path) -> list[tuple[str, Path | None, Ended]]:
    """The studies of a sweep, wherever it lies now: the name of each, its run's folder, and what it noted.

    Raises:
        OSError: the notes cannot be read.
        ValueError: a file is not what a study writes.
    """
    places = {path.stem: read_json(path).get("begun") for path in notes.glob("[0-9]*.json")}
    found = []
    for one in read_notes(notes):
        place = places.get(str(one.number))
        found.append((one.name, Path(os.path.normpath(notes / place)) if place else None, one))
    return found


def forget_servers(notes: Path) -> None:
    """Remove from the notes where studies were logged, which may hold a password."""
    for one in read_notes(notes):
        if one.tracking is not None:
            replace(one, tracking=None).write(notes)


def _from(notes: Path, folder: str) -> str:
    return os.path.relpath(folder, notes) if folder else ""
