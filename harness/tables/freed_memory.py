"""Memory that was used and is free again, given back to the system: allocators keep most of it for later."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_back() -> None:
    """Give back what Arrow and the C library keep, before something else needs memory of other sizes.

    After many pieces of a large table, it is more than what is still in use.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; other libraries have no such function
    if trim is not None:
        trim(0)
