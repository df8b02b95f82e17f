"""The command of a finished run, given once more: what the run wrote as evidence is never made a second time."""

from __future__ import annotations

from typing import Any

from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.evidence.run_folder import EVIDENCE, RunFolder
from harness.scoring.score_run import score
from harness.study.observer import Observer
from harness.study.same_files import require_files_of_finished
from harness.wording import listed


def repeat(folder: RunFolder, reader: Reader[Any], observer: Observer) -> bool:
    """Check a finished run and the files that it has read.

    Where only results, curves or report are lost, they are made again from the stored tables.

    Args:
        folder: of the finished run.
        reader: of the dataset.
        observer: is told what is compared, and what was lost.

    Returns:
        Whether the run was whole.

    Raises:
        HarnessError: evidence is gone or changed, or the files are no longer those that the run has read.
    """
    changed = folder.changed_files()
    lost = [name for name in changed if name in EVIDENCE]
    if lost:
        raise HarnessError(
            f"{folder.path} holds a finished run without all of its evidence (gone or not what it wrote: "
            f"{listed(lost)}). Evidence is not made a second time in its place: restore it, or run again in a new "
            "folder with out=DIR, or after removing this one."
        )
    observer.stage("checking that the files are those of the run")
    require_files_of_finished(folder, reader, observer.progress)
    if changed:
        _measure_again(folder, changed, observer)
    return not changed


def _measure_again(folder: RunFolder, changed: list[str], observer: Observer) -> None:
    observer.warn(
        f"{folder.path}: gone or not what the run wrote: {listed(changed)}. Made again from its stored tables; "
        "nothing is predicted again."
    )
    observer.stage("measuring")
    score(folder)
    differing = folder.changed_files()
    if differing:
        observer.warn(
            f"Made again with other bytes than the run wrote: {listed(differing)}. Were other libraries installed "
            "then? run.json keeps the hashes of what the run wrote."
        )
