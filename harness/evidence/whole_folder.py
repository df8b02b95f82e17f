"""A new folder, made beside its place and moved there when it is whole: stopped half-way, it is not there."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from harness.errors import HarnessError

_UNDER_WAY = ".part"
_IS_THERE = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR)


@contextmanager
def whole_folder(place: Path, advice: str) -> Iterator[Path]:
    """An empty folder to be filled in the block, which becomes the one at its place if the block succeeds.

    What processes that were killed have left of the same folder is removed. A process holds the lock of its own as
    long as it lives, so that nobody removes what is still being made.

    Args:
        place: where there is nothing yet.
        advice: what to do if there is something: a sentence or two.

    Raises:
        HarnessError: there is something at the place, before or after the block.
    """
    require_free(place, advice)
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(place)
    beside, lock = _own_folder(place)
    try:
        yield beside
        beside.chmod(0o755)
        try:
            beside.rename(place)
        except OSError as error:  # another process may have been first
            raise _taken(place, advice) if error.errno in _IS_THERE else error from None
    finally:
        os.close(lock)
        shutil.rmtree(beside, ignore_errors=True)


def require_free(place: Path, advice: str) -> None:
    """Check that there is nothing at a place, not even a link that leads nowhere.

    Raises:
        HarnessError: there is something.
    """
    if os.path.lexists(place):
        raise _taken(place, advice)


def _taken(place: Path, advice: str) -> HarnessError:
    return HarnessError(f"{place} exists. {advice}")


def _own_folder(place: Path) -> tuple[Path, int]:
    """A folder beside a place, with the descriptor that holds its lock."""
    while True:
        beside = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=_UNDER_WAY, dir=place.parent))
        lock = _opened(beside)
        with suppress(OSError):  # some disks cannot lock: then nobody removes anything there
            fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):  # removed before it was locked: once more
            if os.path.samestat(beside.stat(), os.fstat(lock)):
                return beside, lock
        os.close(lock)


def _remove_abandoned(place: Path) -> None:
    """Remove the folders beside a place whose lock nobody holds any more."""
    for left in place.parent.glob(f".{escape(place.name)}.*{_UNDER_WAY}"):
        with suppress(OSError):  # held, gone, no folder, or somebody else's
            lock = _opened(left)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def _opened(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
