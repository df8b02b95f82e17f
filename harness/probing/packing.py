"""Packs bytes into float64 numbers, six in each: inference collects float64, which holds 48 bits exactly."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BYTES = 6

_SHIFTS = np.arange(BYTES, dtype=np.int64) * 8


def packed_width(num_bytes: int) -> int:
    """How many numbers are needed for this many bytes."""
    return -(-num_bytes // BYTES)


def packed(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """Bytes ``[n]`` → whole numbers from 0 to 2⁴⁸ - 1, of shape (packed_width(n),)."""
    padded = np.pad(data, (0, -len(data) % BYTES)).reshape(-1, BYTES).astype(np.int64)
    numbers: npt.NDArray[np.float64] = (padded << _SHIFTS).sum(axis=1).astype(np.float64)
    return numbers


def unpacked(values: npt.NDArray[np.float64], num_bytes: int) -> npt.NDArray[np.uint8]:
    """Unpack each row: ``[N, packed_width(n)]`` → ``[N, n]``."""
    whole = values.astype(np.int64)[:, :, None] >> _SHIFTS
    flat: npt.NDArray[np.uint8] = (whole & 0xFF).astype(np.uint8).reshape(len(values), values.shape[1] * BYTES)
    return flat[:, :num_bytes]
