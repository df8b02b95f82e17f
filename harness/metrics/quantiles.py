"""Equal-mass bins, fixed before anything is counted, so that groups, resamples and parts of a run share them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.order_statistics import MAX_IN_MEMORY, Pieces, of_ranks

_MANY, _SLOTS = 20_000, 1 << 13
"""From how many values on they are looked up in slots, and how many slots there are."""


def equal_mass_edges(values_N: Floats, num_bins: int) -> Floats:
    """The inner edges of bins with about equally many values.

    Edges are values that occur, so equal values share a bin; there are fewer bins if some would stay empty. If
    there are at most ``num_bins`` distinct values, each gets its own bin.

    Args:
        values_N: finite, in any order.
        num_bins: the most bins, at least 1.

    Returns:
        At most ``num_bins - 1`` edges, ascending; a bin includes its upper edge.
    """
    ordered = np.sort(values_N).astype(np.float64)
    starts = np.flatnonzero(np.diff(ordered, prepend=-np.inf))
    if len(starts) <= num_bins:
        each: Floats = ordered[starts][:-1]
        return each
    last = -(-np.arange(1, num_bins) * len(ordered) // num_bins) - 1
    edges: Floats = np.unique(ordered[last])
    inner: Floats = edges[edges < ordered[-1]]
    return inner


def equal_mass_edges_of(pieces: Pieces, num_bins: Sequence[int]) -> list[Floats]:
    """The `equal_mass_edges` of values that are given piece by piece, for several numbers of bins.

    Args:
        pieces: all values, in any order and any parts.
        num_bins: each at least 1.
    """
    num, distinct = _count_values(pieces, max(num_bins))
    if num <= MAX_IN_MEMORY:
        value_N = np.concatenate([np.empty(0), *pieces()])
        return [equal_mass_edges(value_N, bins) for bins in num_bins]
    ranks = [-(-np.arange(1, bins + 1) * num // bins) - 1 for bins in num_bins]
    found = np.split(of_ranks(pieces, np.concatenate(ranks)), np.cumsum([len(each) for each in ranks])[:-1])
    return [
        distinct[:-1] if distinct is not None and len(distinct) <= bins else np.unique(of[of < of[-1]])
        for bins, of in zip(num_bins, found, strict=True)
    ]


def _count_values(pieces: Pieces, most: int) -> tuple[int, Floats | None]:
    """The number of values; and the distinct ones, None if there are more than ``most``."""
    num, distinct = 0, np.empty(0)
    for value_N in pieces():
        num += len(value_N)
        if len(distinct) <= most:
            distinct = np.union1d(distinct, value_N.astype(np.float64))
    return num, distinct if len(distinct) <= most else None


def bin_of(values_N: Floats, edges: Floats) -> Ints:
    """The bin of each value, 0 … ``len(edges)``: the number of edges below it.

    Of very many values, the range of the edges is cut into small slots: a value is above all edges of the slots
    before its own, and compared with the one edge that most slots have at most. The rest is searched for.

    Args:
        values_N: no NaN.
        edges: ascending.
    """
    finite = edges[np.isfinite(edges)]
    if len(values_N) < _MANY or len(finite) < 2 or finite[-1] - finite[0] < np.finfo(np.float64).tiny * _SLOTS:
        return np.searchsorted(edges, values_N, side="left")
    of_edge = _slots(finite, finite)
    num_in = np.bincount(of_edge, minlength=_SLOTS)
    below = np.cumsum(num_in) - num_in
    edge = np.full(_SLOTS, np.inf)
    edge[of_edge] = finite
    slot_N = _slots(values_N, finite)
    bin_N: Ints = below[slot_N] + (values_N > edge[slot_N])
    crowded = (num_in > 1)[slot_N]
    bin_N[crowded] = np.searchsorted(finite, values_N[crowded], side="left")
    return bin_N


def _slots(values_N: Floats, edges: Floats) -> Ints:
    """The slot of each value: never before that of a smaller value."""
    place_N = (values_N - edges[0]) * (_SLOTS / (edges[-1] - edges[0]))
    slot_N: Ints = np.clip(place_N, 0, _SLOTS - 1, out=place_N).astype(np.int64)
    return slot_N
