"""A table of numbers in a NumPy file, read without unpickling anything."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.files import read_bytes

MAX_BYTES = 64 * 2**20


def number_table(path: Path, num_columns: int) -> Floats:
    """The rows of a ``.npy`` file, shape (num_rows, num_columns).

    Only format 1.0, which NumPy writes for arrays of numbers, is read.

    Raises:
        Unscored: it is missing, over 64 MiB, or no such table.
    """
    try:
        file = BytesIO(read_bytes(path, MAX_BYTES))
        if np.lib.format.read_magic(file) != (1, 0):
            raise ValueError
        shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(file)
        if dtype.kind not in "iuf" or len(shape) != 2 or shape[0] < 0 or shape[1] != num_columns:
            raise ValueError
        values = np.frombuffer(file.read(), dtype, count=shape[0] * shape[1])
        return values.reshape(shape, order="F" if is_fortran else "C").astype(np.float64)
    except FileNotFoundError:
        raise Unscored(Reason.MISSING_FILE) from None
    except Exception:  # a damaged head can fail in any way
        raise Unscored(Reason.UNREADABLE, f"not a NumPy table of numbers in {num_columns} columns") from None
