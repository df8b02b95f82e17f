"""One value in a NumPy file, as some corpora keep every annotation, read without unpickling anything."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from harness.files import read_bytes

MAX_SCALAR_BYTES = 64 * 2**10


def scalar_of(path: Path) -> str | None:
    """The text or number in a ``.npy`` file as text; None if it is missing or holds anything else.

    Only format 1.0, which NumPy writes for arrays of numbers and texts, and arrays of one value are read.
    """
    try:
        file = BytesIO(read_bytes(path, MAX_SCALAR_BYTES))
        if np.lib.format.read_magic(file) != (1, 0):
            return None
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.kind not in "iufSU" or shape not in ((), (1,)):
            return None
        value = np.frombuffer(file.read(), dtype, count=1)[0]
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)
    except Exception:  # a damaged head can fail in any way
        return None
