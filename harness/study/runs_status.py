"""How far the runs in a folder are: that of a run, of a sweep, or of several runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.files import require_reachable
from harness.study.run_status import RunStatus, run_status
from harness.study.sweep_notes import NOTES, begun_runs

_DEPTH = 3
"""How deep runs lie below a folder of several runs."""


@dataclass(frozen=True)
class FoundRun:
    """A run, or a study of a sweep that has none.

    Attributes:
        name: the choices of the study in its sweep; the folder of a run.
        status: how far it is; None if it has not begun, or cannot be read.
        problem: why it failed, or cannot be read; empty if neither.
    """

    name: str
    status: RunStatus | None
    problem: str = ""

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it without another command."""
        if self.problem:
            return True
        return self.status is not None and self.status.state in ("finished", "answered", "interrupted")


def found_runs(folder: Path) -> list[FoundRun]:
    """All runs of a folder, or all studies of a sweep.

    Raises:
        HarnessError: there is none.
    """
    if (folder / "plan.yaml").is_file():
        return [FoundRun(str(folder), run_status(folder))]
    if (folder / NOTES).is_dir():
        return list(_of_sweep(folder / NOTES))
    if not folder.is_dir():
        require_reachable(folder)
        raise HarnessError(f"{folder}: there is no such folder.")
    runs = [_read(str(path), path) for path in _runs_below(folder)]
    if not runs:
        raise HarnessError(f"{folder}: no run is here yet, neither begun nor finished.")
    return runs


def _of_sweep(notes: Path) -> Iterator[FoundRun]:
    try:
        studies = begun_runs(notes)
    except (OSError, ValueError) as error:
        raise HarnessError(f"{notes}: cannot be read ({error}).") from None
    for name, folder, noted in studies:
        if noted.code:
            yield FoundRun(name, None, noted.why or f"exit code {noted.code}")
        elif folder is None or not (folder / "plan.yaml").is_file():
            yield FoundRun(name, None)
        else:
            yield _read(name, folder)


def _read(name: str, folder: Path) -> FoundRun:
    try:
        return FoundRun(name, run_status(folder))
    except HarnessError as error:
        return FoundRun(name, None, str(error))


def _runs_below(folder: Path, depth: int = _DEPTH) -> Iterator[Path]:
    """Folders of runs, without following links."""
    try:
        below = sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return
    for path in below:
        if (path / "plan.yaml").is_file():
            yield path
        elif depth > 1 and not path.name.startswith("."):
            yield from _runs_below(path, depth - 1)
