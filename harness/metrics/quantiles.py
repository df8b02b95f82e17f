"""Bins of equal mass, fixed before anything is counted, so that groups, resamples and shards share them."""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats, Ints


def equal_mass_edges(values_N: Floats, num_bins: int) -> Floats:
    """The inner edges of bins that hold about equally many values.

    Edges are values that occur, so equal values share a bin; where that leaves bins empty there are fewer. Values
    with at most ``num_bins`` different ones get a bin each.

    Args:
        values_N: finite, in any order.
        num_bins: at most so many bins, at least 1.

    Returns:
        At most ``num_bins - 1`` edges, ascending; a bin is closed above.
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


def bin_of(values_N: Floats, edges: Floats) -> Ints:
    """The bin of each value, 0 … ``len(edges)``."""
    found: Ints = np.searchsorted(edges, values_N, side="left")
    return found
