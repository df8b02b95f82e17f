"""A private copy of a finished run's folder, of which every byte is what ``run.json`` names.

What is sent is the copy whose hash was checked (`harness.evidence.received_files`). A hard link may be sent:
whoever could put the hash of its contents into ``run.json`` had these contents already.
"""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError
from harness.evidence.received_files import copied, read_received
from harness.evidence.run_folder import RunFolder, largest

NEEDED = ("plan.yaml", "samples.parquet", "predictions.parquet", "results.parquet")
MAX_RECORD = 16 * 2**20


def verified_copy(folder: RunFolder, into: Path) -> RunFolder:
    """Copy ``run.json`` and the files that it names, and check their hashes.

    Args:
        folder: of a run.
        into: an empty folder of this process's own.

    Raises:
        HarnessError: the run is not finished; a file is missing, no regular file, or was changed; ``run.json``
            does not name a file without which there is nothing to send; the samples are not those of the plan.
    """
    copy = RunFolder(into)
    if not folder.path.is_dir():
        raise folder.no_run()
    if not os.path.lexists(folder / "run.json"):
        raise HarnessError(f"{folder.path}: there is no run.json, so the run is not finished. Finish it first.")
    record = read_received(folder.path, "run.json", MAX_RECORD, "the record of a run")
    (copy / "run.json").write_bytes(record)
    files: dict[str, str] = (copy.read_run() or {}).get("files", {})
    if unnamed := [name for name in NEEDED if name not in files]:
        raise HarnessError(
            f"{folder.path}: run.json has no hash of {', '.join(unnamed)}, so it is not known what the run wrote. "
            "Not sent."
        )
    changed = [
        name for name, sha256 in files.items() if copied(folder.path, name, copy / name, largest(name)) != sha256
    ]
    if changed := changed or copy.changed_files():
        raise HarnessError(f"{folder.path}: changed after the run was finished: {', '.join(changed)}. Not sent.")
    return copy
