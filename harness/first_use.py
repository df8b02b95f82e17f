"""Work that is not charged to the sample during which it is done, such as imports at their first use.

A sample may take so many seconds to read and prepare (``timeout_s``), and what each took is recorded. An import
or a network that every later sample uses as well is no part of that, however slow it is on a busy machine::

    with first_use():
        from librosa import resample

It is also a decorator, for functions that are called once in a process. What is done for the checks while the
sample is open has a time of its own (`apart`).
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

LONGEST_S = 600.0
"""A sample's time goes on after so many seconds, so that a worker cannot wait for ever."""

_spent_s = 0.0


@contextmanager
def first_use() -> Iterator[None]:
    """Stop the time of the present sample, if there is one."""
    left_s, _ = signal.getitimer(signal.ITIMER_REAL)
    with apart(left_s + LONGEST_S):
        yield


@contextmanager
def apart(limit_s: float) -> Iterator[None]:
    """Stop the time of the present sample, if there is one, for work that has so many seconds of its own."""
    global _spent_s
    before_s, start = _spent_s, time.perf_counter()
    left_s, _ = signal.getitimer(signal.ITIMER_REAL)
    if left_s:
        signal.setitimer(signal.ITIMER_REAL, limit_s)
    try:
        yield
    finally:
        if left_s:
            signal.setitimer(signal.ITIMER_REAL, left_s)
        _spent_s = before_s + time.perf_counter() - start  # within another one, it counts once


def first_use_s() -> float:
    """Seconds that this process has spent so, to be taken off what a sample took."""
    return _spent_s
