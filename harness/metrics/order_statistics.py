"""Exact order statistics of values that are given piece by piece, in memory that does not grow with their number.

The bit patterns of floats, read as integers, have the same order as the floats (radix selection). Values are
counted by their leading bits; then those in cells that contain a wanted rank are counted by the next bits, until
few enough are left to sort. Each step reads the pieces once more; the result equals that of sorting all values.

Shapes: N values of a piece, K ranks, W cells that contain a wanted rank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints

Pieces = Callable[[], Iterator[Floats]]
"""Gives the same finite values each time it is called."""
Keys = npt.NDArray[np.uint64]

MAX_IN_MEMORY = 4_000_000
"""Up to this many values are sorted in memory."""

_BITS, _FIRST_BITS, _NEXT_BITS = 64, 20, 13


def of_ranks(pieces: Pieces, rank_K: Ints) -> Floats:
    """The values at these ranks in sorted order.

    Args:
        pieces: all values, in any order and any parts.
        rank_K: from 0, below the number of values.
    """
    found = _Cells(
        0, np.zeros(1, dtype=np.uint64), np.zeros(1, dtype=np.int64), np.zeros(len(rank_K), dtype=np.int64)
    )
    remaining = MAX_IN_MEMORY + 1
    while remaining > MAX_IN_MEMORY and found.bits < _BITS:
        found, remaining = _narrowed(pieces, found, rank_K)
    if found.bits == _BITS:
        return values_of(found.prefix[found.of_rank])
    kept = [key_N[found.within(key_N) >= 0] for key_N in map(keys_of, pieces())]
    key_M = np.sort(np.concatenate(kept))
    first_W = np.searchsorted(key_M >> np.uint64(_BITS - found.bits), found.prefix)
    return values_of(key_M[first_W[found.of_rank] + rank_K - found.below[found.of_rank]])


def keys_of(value_N: Floats) -> Keys:
    """Integers in the same order as the values; both zeros have the same key."""
    bits_N = (value_N.astype(np.float64) + 0.0).view(np.uint64)
    return np.where(bits_N >> np.uint64(63), ~bits_N, bits_N | np.uint64(1 << 63))


def values_of(key_N: Keys) -> Floats:
    """The values of `keys_of`."""
    bits_N: Keys = np.where(key_N >> np.uint64(63), key_N & np.uint64((1 << 63) - 1), ~key_N)
    return bits_N.view(np.float64)


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

    def within(self, key_N: Keys) -> Ints:
        """The cell of each key, -1 if it is in none."""
        if not self.bits:
            return np.zeros(len(key_N), dtype=np.int64)
        prefix_N = key_N >> np.uint64(_BITS - self.bits)
        place_N = np.minimum(np.searchsorted(self.prefix, prefix_N), len(self.prefix) - 1)
        return np.where(self.prefix[place_N] == prefix_N, place_N, -1)


def _narrowed(pieces: Pieces, cells: _Cells, rank_K: Ints) -> tuple[_Cells, int]:
    """Refine the cells by some more bits; and the number of values in them."""
    width = min(_NEXT_BITS if cells.bits else _FIRST_BITS, _BITS - cells.bits)
    counts = np.zeros(len(cells.prefix) << width, dtype=np.int64)
    for key_N in map(keys_of, pieces()):
        cell_N = cells.within(key_N)
        inside = cell_N >= 0
        part_N = (key_N[inside] >> np.uint64(_BITS - cells.bits - width)) & np.uint64((1 << width) - 1)
        counts += np.bincount((cell_N[inside] << width) + part_N.astype(np.int64), minlength=len(counts))
    # The parts of all cells, one after another: how many of the counted values lie up to the end of each.
    upto = np.cumsum(counts)
    before_W = np.append(0, upto[(1 << width) - 1 :: 1 << width])[:-1]
    within_K = rank_K - cells.below[cells.of_rank] + before_W[cells.of_rank]
    part_K = np.searchsorted(upto, within_K, side="right")
    parts, of_rank = np.unique(part_K, return_inverse=True)
    below_W = upto[parts] - counts[parts] - before_W[parts >> width] + cells.below[parts >> width]
    prefix = (cells.prefix[parts >> width] << np.uint64(width)) | (parts & ((1 << width) - 1)).astype(np.uint64)
    return _Cells(cells.bits + width, prefix, below_W, of_rank), int(counts[parts].sum())
