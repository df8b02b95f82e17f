"""Ends the process where a network computes without an end.

A network runs in this process, in native code that neither an exception nor Ctrl-C reaches. So a thread beside it
counts how long it takes, and ends the process with one message, as a `kill` would: the journal has what is
finished.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from harness.errors import ExitCode
from harness.wording import printable

_TICK_S = 0.5
GRACE_S = 5.0
"""For a runtime that can stop its network by itself, which ends the command as other errors do."""


@dataclass(eq=False)
class _Watched:
    """A block of code and the time that it has taken without progress."""

    message: str
    limit_s: float
    thread: int
    taken_s: float = 0.0


_blocks: list[_Watched] = []
_endings: list[Callable[[], object]] = []
_starting = threading.Lock()
_watching = threading.Event()


@contextmanager
def watched(who: str, what: str, limit_s: float) -> Iterator[None]:
    """End the process if the block takes longer. The end of an inner block is progress of the outer ones.

    Args:
        who: computes, such as ``model acme``.
        what: it is to answer, such as ``batch 3``.
        limit_s: seconds (``batch_timeout_s``). Time in which this process is stopped does not count.
    """
    with _starting:
        if not _watching.is_set():
            threading.Thread(target=_watch, name="endless networks", daemon=True).start()
            _watching.set()
    block = _Watched(endless(who, what, limit_s), limit_s, threading.get_ident())
    _blocks.append(block)
    try:
        yield
    finally:
        _blocks.remove(block)
        for outer in _blocks:
            if outer.thread == block.thread:
                outer.taken_s = 0.0


@contextmanager
def done_before_the_end(keep: Callable[[], object]) -> Iterator[None]:
    """Call `keep` if the process is ended within the block: it writes what is finished, from another thread."""
    _endings.append(keep)
    try:
        yield
    finally:
        _endings.remove(keep)


def endless(who: str, what: str, limit_s: float) -> str:
    """What the user reads, whichever way the network is stopped."""
    return (
        f"{who}: its network did not answer {what} within {limit_s:g} s. If it is only slow, give it more time "
        f"(batch_timeout_s={4 * limit_s:g}) or lower batch_size. Finished work is kept; repeat the command to "
        "continue."
    )


def _watch() -> None:
    """Count by ticks and not by the clock, which goes on while the process is stopped."""
    while True:
        time.sleep(_TICK_S)
        for block in _blocks:
            block.taken_s += _TICK_S
            if block.taken_s > block.limit_s + GRACE_S:
                _end(block.message)


def _end(message: str) -> None:
    """Past all else that this process holds: its other threads may have the locks of what an orderly end needs."""
    for keep in _endings:
        with suppress(Exception):  # it ends in any case
            keep()
    show_cursor = "\x1b[?25h" if os.isatty(2) else ""
    with suppress(OSError):
        os.write(2, f"{show_cursor}\nError [system]: {printable(message)}\n".encode())
    with suppress(Exception):
        sys.stdout.flush()
    os._exit(ExitCode.WRONG_USE)
