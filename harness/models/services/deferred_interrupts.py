"""Ctrl-C while answers are under way: what was asked is waited for, and nothing more is asked."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def deferred_interrupts(stop: Callable[[BaseException], None]) -> Iterator[None]:
    """For the block, the first Ctrl-C or ``kill`` calls `stop`; the second one ends the block as ever.

    In other threads than the main one, which receive no signals, nothing is changed.

    Args:
        stop: receives what would have been raised, to raise it when it is time.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[signal.Signals, Any] = {number: signal.getsignal(number) for number in _ENDING}
    ours = {number: handler for number, handler in before.items() if callable(handler)}  # not what is ignored

    def restore() -> None:
        for number, handler in ours.items():
            signal.signal(number, handler)

    def first(number: int, _frame: FrameType | None) -> None:
        restore()
        stop(KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number))

    for number in ours:
        signal.signal(number, first)
    try:
        yield
    finally:
        restore()
