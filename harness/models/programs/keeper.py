"""A process between the harness and a program under test: it ends when either of them does, and takes all with it.

It is run as a script, ``python -I -S keeper.py FD``, and needs the standard library alone. The program inherits
its standard streams. `FD` is a socket to the harness, from which it reads its settings, a line of JSON: they hold
keys, and everybody on the machine can read the arguments of a process. When the harness is gone, however it ended,
the socket closes, and the keeper kills the program and whatever the program started. When the program ends, its
keeper says there how, as a line of JSON, after it has killed what the program left behind.

The program gets a session of its own, so that Ctrl-C reaches the harness alone. Processes that leave it are found
nevertheless: the keeper adopts orphans (``PR_SET_CHILD_SUBREAPER``). Memory is counted, not limited by
``RLIMIT_AS``: Node.js and CUDA reserve far more addresses than they use.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 0.2
"""How often memory is counted."""

_PDEATHSIG, _SUBREAPER = 1, 36  # <linux/prctl.h>
_PAGE = resource.getpagesize()


def main() -> None:
    """Start the program, wait until it or the harness ends, and kill what remains."""
    harness_fd = int(sys.argv[1])
    settings = _settings(harness_fd)
    _prctl(_SUBREAPER, 1)
    woken_fd, waker_fd = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(waker_fd)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        program = _started(settings)
    except (OSError, ValueError) as error:  # such as a word with a null byte
        _say(harness_fd, {"cannot_start": getattr(error, "strerror", None) or str(error)})
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):  # the program alone holds the pipes, so that they close with it
        os.dup2(nowhere, stream)
    ended = _watch(program, harness_fd, woken_fd, settings["max_memory_bytes"])
    _kill_all(program.pid)
    _say(harness_fd, ended)


def _settings(harness_fd: int) -> dict[str, Any]:
    said = bytearray()
    while not said.endswith(b"\n"):
        chunk = os.read(harness_fd, 65_536)
        if not chunk:
            sys.exit("the harness is gone")
        said += chunk
    settings: dict[str, Any] = json.loads(said)
    return settings


def _started(settings: dict[str, Any]) -> subprocess.Popen[bytes]:
    def limited() -> None:  # between fork and exec, in a process of one thread
        _prctl(_PDEATHSIG, signal.SIGKILL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold pictures of people
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        most = settings["max_file_bytes"]
        resource.setrlimit(
            resource.RLIMIT_FSIZE, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard)
        )

    return subprocess.Popen(  # noqa: S603 (the user trusts this command; no shell)
        settings["command"],
        cwd=settings["folder"],
        env=settings["environment"],
        start_new_session=True,
        preexec_fn=limited,
    )


def _watch(
    program: subprocess.Popen[bytes], harness_fd: int, woken_fd: int, max_memory_bytes: int
) -> dict[str, Any]:
    """How it ended; nothing where the harness did."""
    look_at = time.monotonic()
    while True:
        readable, _, _ = select.select([harness_fd, woken_fd], [], [], LOOK_EVERY_S)
        if woken_fd in readable:
            os.read(woken_fd, 4096)
        if (code := program.poll()) is not None:
            return {"signal": -code} if code < 0 else {"exit": code}
        if harness_fd in readable:  # only its end is ever read
            return {}
        _reap(program.pid)
        if time.monotonic() >= look_at:  # also while children end so fast that there is no quiet moment
            if _memory_bytes() > max_memory_bytes:
                return {"memory": max_memory_bytes}
            look_at = time.monotonic() + LOOK_EVERY_S


def _reap(program_pid: int) -> None:
    """Take leave of adopted processes that ended; the program itself is left to `subprocess`."""
    for pid in _children(os.getpid()):
        if pid != program_pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _kill_all(program_pid: int) -> None:
    """Kill the program's session and every descendant, again and again: one may fork while others are killed."""
    with contextlib.suppress(OSError):
        os.killpg(program_pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _memory_bytes() -> int:
    """What the program and its descendants hold in memory."""
    total = 0
    for pid in _descendants(os.getpid()):
        with contextlib.suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return total


def _descendants(pid: int) -> Iterator[int]:
    """Not by recursion: the program decides how long a line of descent is."""
    left = _children(pid)
    while left:
        child = left.pop()
        yield child
        left += _children(child)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found


def _say(harness_fd: int, ended: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):
        os.write(harness_fd, json.dumps(ended).encode() + b"\n")


def _prctl(option: int, value: int) -> None:
    """Without effect where there is no such call; the socket and the session remain."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    main()
