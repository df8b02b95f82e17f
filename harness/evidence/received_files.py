"""Private copies of files from a folder that was received.

Such a folder may hold links to any file of this machine, pipes, or files that change or grow while they are read.
Only regular files are copied, none through a link, and no more bytes than a bound; what is used afterwards is the
copy whose hash was taken. A hard link is a file like any other, as backups and deduplication make them.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from harness.errors import HarnessError

_PIECE = 2**20
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def copied(folder: Path, name: str, to: Path, most: int) -> str | None:
    """Copy a file and return its SHA-256; None where there is none, or one of more than `most` bytes.

    Args:
        folder: that was received; it may itself be a link.
        name: of the file, relative to the folder, with ``/``.
        to: where the copy is written; its folder is created.
        most: bytes.

    Raises:
        HarnessError: it is a link or no regular file, or it is reached through a link.
    """
    digest = hashlib.sha256()
    try:
        with opened(folder, name) as source:
            left = os.fstat(source.fileno()).st_size  # no more than it had when it was opened
            if left > most:
                return None
            to.parent.mkdir(parents=True, exist_ok=True)
            with to.open("wb") as target:
                while left > 0 and (piece := source.read(min(_PIECE, left))):
                    digest.update(piece)
                    target.write(piece)
                    left -= len(piece)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def read_received(folder: Path, name: str, most: int, what: str) -> bytes:
    """The bytes of a file.

    Args:
        folder: see `copied`.
        name: see `copied`.
        most: bytes.
        what: it should be, for the message.

    Raises:
        FileNotFoundError: there is none.
        HarnessError: it is over `most` bytes; or see `copied`.
    """
    with opened(folder, name) as source:
        data = source.read(most + 1)
    if len(data) > most:
        raise HarnessError(f"{folder / name}: over {most:,} bytes: not {what}.")
    return data


@contextmanager
def opened(folder: Path, name: str) -> Iterator[BinaryIO]:
    """A regular file inside a folder, reached through no link.

    Raises:
        FileNotFoundError: there is none.
        HarnessError: see `copied`.
    """
    *parents, last = PurePosixPath(name).parts
    path = folder / name
    with ExitStack() as stack:
        at = stack.enter_context(_handle(folder, _FOLDER & ~os.O_NOFOLLOW, None, path))
        for parent in parents:
            at = stack.enter_context(_handle(parent, _FOLDER, at, path))
        handle = stack.enter_context(_handle(last, _FILE, at, path))
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _not_regular(path)
        yield stack.enter_context(os.fdopen(handle, "rb", closefd=False))


@contextmanager
def _handle(name: Path | str, flags: int, at: int | None, path: Path) -> Iterator[int]:
    try:
        handle = os.open(name, flags, dir_fd=at)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO, errno.ENOTDIR):
            raise _not_regular(path) from None
        error.filename = str(path)
        raise
    try:
        yield handle
    finally:
        os.close(handle)


def _not_regular(path: Path) -> HarnessError:
    return HarnessError(f"{path}: a link or a special file, or reached through one; not a file that a run wrote.")
