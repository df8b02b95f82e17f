"""One value in a NumPy file, as some corpora keep every annotation, read without unpickling anything."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from harness.files import read_bytes

MAX_SCALAR_BYTES = 64 * 2**10
_MAGIC = b"\x93NUMPY\x01\x00"
_LENGTH = len(_MAGIC) + 2
"""Where the length of the head ends."""


def scalar_of(path: Path) -> str | None:
    """The text or number in a ``.npy`` file as text; None if it is missing or holds anything else.

    Only format 1.0, which NumPy writes for arrays of numbers and texts, and arrays of one value are read.
    """
    try:
        data = read_bytes(path, MAX_SCALAR_BYTES)
        if not data.startswith(_MAGIC):
            return None
        start = _LENGTH + int.from_bytes(data[len(_MAGIC) : _LENGTH], "little")
        dtype = _dtype_of_one_value(data[len(_MAGIC) : start])
        if dtype is None:
            return None
        value = np.frombuffer(data[start:], dtype, count=1)[0]
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)
    except Exception:  # a damaged head can fail in any way
        return None


@lru_cache(maxsize=1_000)
def _dtype_of_one_value(head: bytes) -> np.dtype[Any] | None:
    """The type that a head states, with its length before it; kept, as thousands of files have the same head."""
    shape, _, dtype = np.lib.format.read_array_header_1_0(BytesIO(head))
    return dtype if dtype.kind in "iufSU" and shape in ((), (1,)) else None
