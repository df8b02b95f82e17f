"""A private copy of a finished run's folder, of which every byte is what ``run.json`` names.

A folder that was received may hold links to any file of this machine, pipes, or files that change while they are
read. Only regular files are copied, none through a link, and what is sent is the copy whose hash was checked. A
hard link is a file like any other, as backups and deduplication make them: whoever could put the hash of its
contents into ``run.json`` had these contents already.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder, largest

NEEDED = ("plan.yaml", "samples.parquet", "predictions.parquet", "results.parquet")
MAX_RECORD = 16 * 2**20
_PIECE = 2**20


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
    if not os.path.lexists(folder / "run.json"):
        raise HarnessError(f"{folder.path}: there is no run.json, so the run is not finished. Finish it first.")
    with _opened(folder / "run.json") as source:
        text = source.read(MAX_RECORD + 1)
    if len(text) > MAX_RECORD:
        raise HarnessError(f"{folder / 'run.json'}: over {MAX_RECORD:,} bytes: not the record of a run. Not sent.")
    (copy / "run.json").write_bytes(text)
    files: dict[str, str] = (copy.read_run() or {}).get("files", {})
    if unnamed := [name for name in NEEDED if name not in files]:
        raise HarnessError(
            f"{folder.path}: run.json has no hash of {', '.join(unnamed)}, so it is not known what the run wrote. "
            "Not sent."
        )
    changed = [name for name, sha256 in files.items() if _copied(folder / name, copy / name) != sha256]
    if changed := changed or copy.changed_files():
        raise HarnessError(f"{folder.path}: changed after the run was finished: {', '.join(changed)}. Not sent.")
    return copy


def _copied(path: Path, to: Path) -> str | None:
    """Copy a file and return its SHA-256; None where there is none, or one larger than any that a run writes."""
    if not os.path.lexists(path):
        return None
    digest = hashlib.sha256()
    with _opened(path) as source, to.open("wb") as target:
        left = os.fstat(source.fileno()).st_size  # no more than it had when it was opened
        if left > largest(path.name):
            return None
        while left > 0 and (piece := source.read(min(_PIECE, left))):
            digest.update(piece)
            target.write(piece)
            left -= len(piece)
    return digest.hexdigest()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A regular file, not a link to one."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise _not_regular(path) from None
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _not_regular(path)
    with os.fdopen(handle, "rb") as file:
        yield file


def _not_regular(path: Path) -> HarnessError:
    return HarnessError(f"{path}: a link or a special file, not a file that the run wrote. Not sent.")
