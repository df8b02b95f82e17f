"""Numbers → bands: ages in years become groups that can be counted and compared."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

MAX_NUMBER = 1e15
"""Whole numbers below it are exact as floats."""


def band(value: float, edges: tuple[float, ...]) -> str:
    """The band of a number; a band holds its lower edge: ``band(30, (18, 30, 50)) == "30-49"``."""
    return band_names(edges)[bisect_right(edges, value)]


@lru_cache(maxsize=128)
def band_names(edges: tuple[float, ...]) -> tuple[str, ...]:
    """The names of all bands, from the lowest: ``band_names((18, 30, 50)) == ("<18", "18-29", "30-49", "50+")``.

    Between edges that are not whole numbers the upper one stands with ``<``: ``18.5-<25``.
    """
    whole = all(float(edge).is_integer() for edge in edges)
    inner = [between(low, high, whole=whole) for low, high in pairwise(edges)]
    return (f"<{plain(edges[0])}", *inner, f"{plain(edges[-1])}+")


def between(low: float, high: float, *, whole: bool | None = None) -> str:
    """The name of a band from an edge up to the next: ``18-29``; ``18.5-<25`` unless all edges are ``whole``."""
    if whole is None:
        whole = float(low).is_integer() and float(high).is_integer()
    if not whole:
        return f"{plain(low)}-<{plain(high)}"
    return plain(low) if high - low == 1 else f"{plain(low)}-{plain(high - 1)}"


def require_edges(edges: Sequence[float]) -> None:
    """Check that the edges rise and are finite.

    Raises:
        ValueError: they do not.
    """
    rises = all(low < high for low, high in pairwise(edges))
    if not edges or not rises or not all(abs(edge) < MAX_NUMBER for edge in edges):
        raise ValueError("the edges of bands are finite numbers that rise, such as [18, 30, 50]")


def plain(value: float) -> str:
    """A number as people write it, different for different numbers: ``2``, ``2.5``."""
    return str(int(value)) if float(value).is_integer() and abs(value) < MAX_NUMBER else repr(float(value))
