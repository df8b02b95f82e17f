"""Linear algebra in one thread, and pieces of work in several: results do not depend on the number of cores."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")

MOST_THREADS = 8
"""Each holds a piece in memory."""


def one_thread() -> AbstractContextManager[object]:
    """Limit NumPy's BLAS to one thread within a ``with`` block.

    ``threadpoolctl.threadpool_limits`` does the same, but searches all libraries of the process on every call (5
    to 8 ms). NumPy's BLAS, the only one that is used here, is already loaded at the first call.
    """
    limits: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def in_threads(function: Callable[[Piece], Outcome], pieces: Iterable[Piece]) -> Iterator[Outcome]:
    """What a function gives for each piece, in the order of the pieces; several are worked on at a time.

    It pays where NumPy does nearly all of the work, which lets other threads run meanwhile.

    Args:
        function: called in other threads; one piece must not depend on another.
        pieces: asked for in this thread, no more of them ahead than `num_threads`.
    """
    most = num_threads()
    if most == 1:
        yield from map(function, pieces)
        return
    waiting: deque[Future[Outcome]] = deque()
    with ThreadPoolExecutor(most) as pool:
        for piece in pieces:
            waiting.append(pool.submit(function, piece))
            if len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def num_threads() -> int:
    """The cores that this process may use, at most `MOST_THREADS` and, if it is set, ``OMP_NUM_THREADS``."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    stated = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, MOST_THREADS, int(stated) if stated.isdecimal() else cores))
