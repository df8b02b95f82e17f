"""``harness score``: the results follow from the stored tables alone, and this shows it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from harness.commands.terminal import say, show_results, warn
from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.files import write_bytes
from harness.scoring.score_run import score
from harness.tables.file_table import files_of
from harness.tables.parquet_files import read_parquet
from harness.wording import quantity


def rescore(path: Path, into: Path | None) -> bool:
    """Measure again and compare with what the run wrote.

    Args:
        path: the run's folder.
        into: write results and report there; else they are only written where the run has none.

    Returns:
        Whether the stored tables are what the run wrote, its list of files is what ``run.json`` says of them, and
        the results are equal to the byte.

    Raises:
        HarnessError: the folder holds no plan or no tables.
    """
    folder = RunFolder(path)
    plan = folder.read_plan()
    changed = [name for name in folder.changed_files() if name not in DERIVED]
    for name in changed:
        warn(f"{name} is not what the run wrote (its hash in run.json differs).")
    with tempfile.TemporaryDirectory(prefix="harness-score-") as scratch:
        target = into or Path(scratch)
        target.mkdir(parents=True, exist_ok=True)
        results = score(folder, target)
        differing = [name for name in DERIVED if not _equal(folder / name, target / name)]
        absent = [name for name in DERIVED if not (folder / name).exists()]
        for name in absent if into is None else []:
            write_bytes((target / name).read_bytes(), folder / name)
    system = plan["model"]["name"]
    show_results(results, f"{system} on {plan['dataset']['name']}", system)
    for name in differing:
        warn(f"{name}: {'was missing' if name in absent else 'differs from what the run wrote'}.")
    media_agree = _show_media(folder)
    if not differing and not changed:
        say("Equal to the byte with what the run wrote.")
    return media_agree and not changed and set(differing) <= set(absent)


def _show_media(folder: RunFolder) -> bool:
    """Say which files the run lists; whether the list and the record agree."""
    media: dict[str, Any] | None = (folder.read_run() or {}).get("media")
    if media is None:
        say("run.json lists no media: it is not known which files the run has read.")
        return True
    try:
        found = media_identity(files_of(read_parquet(folder / "files.parquet")))
    except HarnessError as error:
        warn(str(error))
        return False
    agree = all(media.get(key) == value for key, value in found.items())
    if not agree:
        warn(
            "files.parquet does not list the files that run.json speaks of (Merkle root, number or bytes differ)."
        )
    elif not found["files"]:
        say("Media: no file was read.")
    else:
        size = f"{quantity(found['files'], 'file')}, {found['bytes']:,} bytes"
        say(f"Media: {size}, Merkle root {found['merkle_root']}, as run.json lists them; not read again.")
    return agree


def _equal(left: Path, right: Path) -> bool:
    return left.is_file() and left.read_bytes() == right.read_bytes()
