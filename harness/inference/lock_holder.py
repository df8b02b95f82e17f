"""Who writes in a run folder, found without touching its lock: from the kernel's list of locks (proc_locks(5))."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from harness.files import read_json, read_text
from harness.inference.lock import LOCK_NAME

_LOCKS = Path("/proc/locks")
WRITER = ".writer.json"
"""A note in the copy of a run at an address: who writes there, and until when that holds."""

_UNNAMED = 0
"""The number of a process in another container."""


@dataclass(frozen=True)
class Holder:
    """The process that writes in a folder.

    Attributes:
        pid: its number; None if it is in another container.
        started: when it began, in seconds since 1970; None if that is not told.
        machine: on which it runs; None for this one.
    """

    pid: int | None
    started: float | None
    machine: str | None = None


def can_be_known() -> bool:
    """Whether this system lists its locks. Those of other machines are never in the list."""
    return _LOCKS.is_file()


def holder(folder: Path) -> Holder | None:
    """The process of this machine that holds a run folder; None if there is none."""
    try:
        file = (folder / LOCK_NAME).stat()
        lines = read_text(_LOCKS).splitlines()
    except (OSError, ValueError):
        return None
    place = f"{os.major(file.st_dev):02x}:{os.minor(file.st_dev):02x}:{file.st_ino}"
    for line in lines:
        fields = line.split()
        if len(fields) >= 6 and fields[1] == "FLOCK" and fields[3] == "WRITE" and fields[5] == place:
            pid = int(fields[4])
            return Holder(pid, _started(pid)) if pid > _UNNAMED else Holder(None, None)
    return None


def writer_elsewhere(folder: Path) -> Holder | None:
    """The process that writes the run at an address, of which a folder is a copy; None if none is noted there."""
    try:
        noted = read_json(folder / WRITER)
        of_writer = Holder(int(noted["pid"]), float(noted["started"]), str(noted["machine"]))
        return of_writer if float(noted["until"]) > time.time() else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _started(pid: int) -> float | None:
    try:
        ticks = int(read_text(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[19])
        boot = next(line for line in read_text(Path("/proc/stat")).splitlines() if line.startswith("btime "))
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return int(boot.split()[1]) + ticks / os.sysconf("SC_CLK_TCK")
