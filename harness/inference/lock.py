"""One run folder, one writer."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.errors import HarnessError
from harness.files import kept_in_place, regular

LOCK_NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a run folder for this process; it is made where it is missing.

    The kernel drops the lock when its process ends, however it ends. The empty file ``.lock`` stays: removing it
    would let a third process lock a new file while a second still waits on the old one. If the folder is deleted,
    renamed or replaced, its process stops at the next file that it writes.

    Raises:
        HarnessError: another process holds the folder, or it cannot be written or locked.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_NAME).open("a")
    except OSError as error:
        raise HarnessError(f"{folder}: the run folder cannot be written ({error.strerror}). Check out=.") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HarnessError(
                f"{folder}: another run is writing here. Wait for it to end, or choose another folder with out=."
            ) from None
        except OSError as error:
            raise HarnessError(
                f"{folder}: the folder cannot be locked ({error.strerror}). Choose out= on a local disk."
            ) from None
        with kept_in_place(folder):
            yield


@contextmanager
def unwritten(folder: Path) -> Iterator[None]:
    """Keep runs from writing into a folder while it is read, which nothing is written into.

    Raises:
        HarnessError: a run is writing there, or its lock cannot be read.
    """
    try:
        file = regular(folder / LOCK_NAME).open("rb")
    except FileNotFoundError:  # a copy need not have one
        yield
        return
    except (OSError, ValueError) as error:
        raise HarnessError(f"{folder / LOCK_NAME}: cannot be read ({error}).") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HarnessError(f"{folder}: a run is writing here. Wait for it to end.") from None
        except OSError as error:
            raise HarnessError(f"{folder}: the folder cannot be locked ({error.strerror}).") from None
        yield
