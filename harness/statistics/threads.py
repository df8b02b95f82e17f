"""Linear algebra in one thread: matrices are small, and results must not depend on the number of cores."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


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
