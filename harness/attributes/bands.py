"""Numbers → bands: ages in years become groups that can be counted and compared."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

BAND_EDGES: Mapping[str, Sequence[float]] = {"age": (0, 3, 13, 18, 30, 45, 60, 75)}
"""The lower edges of the bands per attribute. Ages: infant, child, adolescent, five bands of adults."""


def band(attribute: str, value: float | str | None) -> str | None:
    """The band of a value, such as ``18-29``, ``60-74`` or ``75+``; text passes through, None stays None.

    A number of an attribute without bands (or below the lowest edge) becomes its own text.
    """
    if value is None or isinstance(value, str):
        return value
    if math.isnan(value):
        return None
    edges = BAND_EDGES.get(attribute)
    if edges is None or value < edges[0]:
        return f"{value:g}"
    index = bisect_right(edges, value)
    low = edges[index - 1]
    return f"{low:g}+" if index == len(edges) else f"{low:g}-{edges[index] - 1:g}"
