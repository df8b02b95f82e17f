"""Exact order statistics of values that are given piece by piece, in memory that does not grow with their number.

The bit patterns of floats, read as integers, have the same order as the floats (radix selection). Values are
counted by their leading bits; then those in cells that contain a wanted rank are counted by the next bits, until
few enough are left to sort. Each step reads the pieces once more; the result equals that of sorting all values.

Shapes: N values of a piece, K ranks, W cells that contain a wanted rank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores

Pieces = Callable[[], Iterator[Scores]]
"""Gives the same finite values each time it is called, all in the same precision."""
Keys = npt.NDArray[np.unsignedinteger[Any]]
"""Of 32 bits for values in single precision, otherwise of 64."""

MAX_IN_MEMORY = 4_000_000
"""Up to this many values are sorted in memory."""

_FIRST_BITS, _NEXT_BITS = 20, 13


def of_ranks(pieces: Pieces, rank_K: Ints) -> Floats:
    """The values at these ranks in sorted order.

    Args:
        pieces: all values, in any order and any parts.
        rank_K: from 0, below the number of values.
    """
    prefix = keys_of(next(pieces())[:0])
    found = _Cells(
        0, np.zeros(1, dtype=prefix.dtype), np.zeros(1, dtype=np.int64), np.zeros(len(rank_K), dtype=np.int64)
    )
    remaining = MAX_IN_MEMORY + 1
    while remaining > MAX_IN_MEMORY and found.left:
        found, remaining = _narrowed(pieces, found, rank_K)
    if not found.left:
        return values_of(found.prefix[found.of_rank])
    kept = [key_N[found.within(key_N) >= 0] for key_N in map(keys_of, pieces())]
    key_M = np.sort(np.concatenate(kept))
    first_W = np.searchsorted(key_M >> key_M.dtype.type(found.left), found.prefix)
    return values_of(key_M[first_W[found.of_rank] + rank_K - found.below[found.of_rank]])


def keys_of(value_N: Scores) -> Keys:
    """Integers in the same order as the values; both zeros have the same key."""
    single = value_N.dtype == np.float32
    bits_N = (value_N + 0.0).view(np.uint32) if single else (value_N.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(bits_N & _sign(bits_N), ~bits_N, bits_N | _sign(bits_N))


def values_of(key_N: Keys) -> Floats:
    """The values of `keys_of`."""
    bits_N: Keys = np.where(key_N & _sign(key_N), key_N & ~_sign(key_N), ~key_N)
    return bits_N.view(np.float32 if bits_N.dtype == np.uint32 else np.float64).astype(np.float64)


def _sign(bits_N: Keys) -> np.unsignedinteger[Any]:
    """The bit of the sign."""
    return bits_N.dtype.type(1 << 8 * bits_N.itemsize - 1)


class _Cells:
    """The cells that contain the wanted ranks.

    Attributes:
        bits: how many leading bits of a key identify its cell.
        prefix: ``[W]``, these bits, ascending.
        below: ``[W]``, how many values are below the cell.
        of_rank: ``[K]``, the cell of each rank.
    """

    def __init__(self, bits: int, prefix: Keys, below: Ints, of_rank: Ints) -> None:
        self.bits, self.prefix, self.below, self.of_rank = bits, prefix, below, of_rank

    @property
    def left(self) -> int:
        """How many bits of a key do not identify its cell."""
        return 8 * self.prefix.itemsize - self.bits

    def within(self, key_N: Keys) -> Ints:
        """The cell of each key, -1 if it is in none."""
        if not self.bits:
            return np.zeros(len(key_N), dtype=np.int64)
        prefix_N = key_N >> key_N.dtype.type(self.left)
        if self.bits <= _FIRST_BITS:
            cell_N: Ints = self._of_prefix[prefix_N]
            return cell_N
        place_N = np.minimum(np.searchsorted(self.prefix, prefix_N), len(self.prefix) - 1)
        return np.where(self.prefix[place_N] == prefix_N, place_N, -1)

    @cached_property
    def _of_prefix(self) -> Ints:
        """The cell of every prefix."""
        cell = np.full(1 << self.bits, -1)
        cell[self.prefix] = np.arange(len(self.prefix))
        return cell


def _narrowed(pieces: Pieces, cells: _Cells, rank_K: Ints) -> tuple[_Cells, int]:
    """Refine the cells by some more bits; and the number of values in them."""
    width = min(_NEXT_BITS if cells.bits else _FIRST_BITS, cells.left)
    counts = np.zeros(len(cells.prefix) << width, dtype=np.int64)
    for key_N in map(keys_of, pieces()):
        of_bits, cell_N = key_N.dtype.type, cells.within(key_N)
        inside = cell_N >= 0
        part_N = (key_N[inside] >> of_bits(cells.left - width)) & of_bits((1 << width) - 1)
        counts += np.bincount((cell_N[inside] << width) + part_N.astype(np.int64), minlength=len(counts))
    # The parts of all cells, one after another: how many of the counted values lie up to the end of each.
    upto = np.cumsum(counts)
    before_W = np.append(0, upto[(1 << width) - 1 :: 1 << width])[:-1]
    within_K = rank_K - cells.below[cells.of_rank] + before_W[cells.of_rank]
    part_K = np.searchsorted(upto, within_K, side="right")
    parts, of_rank = np.unique(part_K, return_inverse=True)
    below_W = upto[parts] - counts[parts] - before_W[parts >> width] + cells.below[parts >> width]
    last = (parts & ((1 << width) - 1)).astype(cells.prefix.dtype)
    prefix = (cells.prefix[parts >> width] << cells.prefix.dtype.type(width)) | last
    return _Cells(cells.bits + width, prefix, below_W, of_rank), int(counts[parts].sum())
