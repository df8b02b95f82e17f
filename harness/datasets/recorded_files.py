"""Which files a reader opens, and the SHA-256 of their bytes.

A reader that records (`harness.datasets.reader.Reader.recording`) hashes a file when it hands out its path, just
before the decoder opens it: the bytes come from the disk once and are read again from the system's memory. A file
that is changed between the two is not noticed; one that is changed later in the run is, when it is read again.
"""

from __future__ import annotations

import hashlib
import posixpath
import stat
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path

from harness.errors import Reason
from harness.first_use import LONGEST_S, apart
from harness.tables.file_table import FileRead, is_below_root

MAX_FILE_BYTES = 16 * 2**30
"""A larger file is not read."""

_LARGE_BYTES = 2**28
"""Hashing a larger file, from which mostly many samples are cut, is not charged to the first of them."""

_KEPT = 4_096

_noted: ContextVar[dict[str, FileRead] | None] = ContextVar("noted", default=None)


@contextmanager
def noted_files() -> Iterator[dict[str, FileRead]]:
    """Collect what recording readers open within the block, by path."""
    noted: dict[str, FileRead] = {}
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


def note(root: Path, uri: str) -> None:
    """Hash a file below the root for those who collect; without them, do nothing.

    Many samples may be cut from one file, so its hash is kept as long as the file system says that nothing has
    touched it. The moment of the last change (ctime), unlike that of the last writing, cannot be set back.
    """
    noted, name = _noted.get(), posixpath.normpath(uri)
    if noted is not None and is_below_root(name):
        state = _state(root / name)
        with apart(LONGEST_S) if state is not None and state[2] > _LARGE_BYTES else nullcontext():
            noted[name] = _kept(root, name, state)


def hashed(root: Path, name: str) -> FileRead:
    """Read a file below the root and hash its bytes, or say why it cannot be read."""
    path = root / name
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return FileRead(name, None, None, f"{Reason.UNREADABLE}: not a file")
        if found.st_size > MAX_FILE_BYTES:
            return FileRead(name, None, None, str(Reason.TOO_LARGE))
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return FileRead(name, file.tell(), digest)
    except FileNotFoundError:
        return FileRead(name, None, None, str(Reason.MISSING_FILE))
    except OSError as error:
        return FileRead(name, None, None, f"{Reason.UNREADABLE}: {type(error).__name__}")


@lru_cache(maxsize=_KEPT)
def _kept(root: Path, name: str, state: tuple[int, ...] | None) -> FileRead:  # noqa: ARG001 (a changed file is another key)
    return hashed(root, name)


def _state(path: Path) -> tuple[int, ...] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
