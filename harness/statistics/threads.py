"""Linear algebra in one thread, and pieces of work in several: results do not depend on the number of cores."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import TypeVar, cast

from threadpoolctl import ThreadpoolController

Piece = TypeVar("Piece")
Outcome = TypeVar("Outcome")

MOST_THREADS = 8
"""Each holds a piece in memory."""


def one_thread() -> AbstractContextManager[object]:
    """Limit NumPy's BLAS to one thread within a ``with`` block.

    ``threadpoolctl.threadpool_limits`` does the same, but searches all libraries of the process on every call (5
    to 8 ms). NumPy's BLAS, the only one that is used here, is already loaded at the first call. The limit is of
    the process, and a thread that `in_threads` started cannot change it: the caller of `in_threads` sets it.
    """
    num_threads()  # asked for as long as there is no limit
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


def ahead(items: Iterator[Outcome], give_up: Callable[[], None] = lambda: None) -> Iterator[Outcome]:
    """The same items; each is made in another thread while the one before it is used.

    Args:
        items: must not depend on what is done with them.
        give_up: called once no more items are used, also after an error or Ctrl-C: the item that is being made
            then is waited for, and need not be finished.
    """
    if num_threads() == 1:
        try:
            yield from items
        finally:
            give_up()
        return
    end = object()
    with ThreadPoolExecutor(1) as pool:
        try:
            coming: Future[Outcome | object] = pool.submit(next, items, end)
            while (item := coming.result()) is not end:
                coming = pool.submit(next, items, end)
                yield cast(Outcome, item)
        finally:
            give_up()


@contextmanager
def beside() -> Iterator[Callable[[Callable[[], Outcome]], Callable[[], Outcome]]]:
    """Begin work in another thread within a ``with`` block, which ends when it has ended.

    What the block is given begins some work, and returns what waits for its outcome, to be called once. With a
    single thread the work is done when its outcome is asked for.
    """
    if num_threads() == 1:
        yield lambda work: work
        return
    with ThreadPoolExecutor(1) as pool:
        yield lambda work: pool.submit(work).result


@cache
def num_threads() -> int:
    """How many threads there are for work in pieces: as many as NumPy's BLAS has, at most `MOST_THREADS`.

    These are the cores that this process may use, or fewer, as ``OMP_NUM_THREADS`` says.
    """
    found = [library["num_threads"] for library in _controller().info() if library["user_api"] == "blas"]
    return min(max(found, default=1), MOST_THREADS)
