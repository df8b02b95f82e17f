"""One thread for linear algebra: matrices here are small, and results must not depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Hold NumPy's BLAS to one thread within a ``with`` block.

    ``threadpoolctl.threadpool_limits`` does the same, but looks through all libraries of the process on every
    entry (5 to 8 ms). NumPy's own, the only one that these rooms compute with, is there before the first.
    """
    limits: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limits


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
