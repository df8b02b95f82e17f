"""Tables of what raters said over time: a column of times, and one of each rater."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.files import text_lines

MAX_SESSION_S = 86_400.0
MAX_RATERS = 1000
SEPARATORS = (";", "\t", ",")


class Trace(NamedTuple):
    """What raters said of a dimension of one clip: rising times ``[T]``; ``[T, K]``, NaN where nothing."""

    time_s: Floats
    ratings: Floats


def parsed_trace(text: str) -> Trace:
    """The trace of a table with a header, a column ``time`` in s, and one per rater.

    Raises:
        ValueError: it is none; the message says why.
    """
    lines = [line for line in text_lines(text) if line.strip()]
    separator = next((mark for mark in SEPARATORS if lines and mark in lines[0]), ",")
    header = [cell.strip().lower() for cell in lines[0].split(separator)] if lines else []
    if header[:1] not in (["time"], ["time_s"]) or not 2 <= len(header) <= MAX_RATERS:
        raise ValueError("expected a header of time and one column per rater")
    rows = []
    for number, line in enumerate(lines[1:], start=1):
        cells = [cell.strip() for cell in line.split(separator)]
        if len(cells) != len(header):
            raise ValueError(f"row {number} has {len(cells)} cells, but the header has {len(header)}")
        try:
            rows.append([float(cell) if cell else np.nan for cell in cells])
        except ValueError:
            raise ValueError(f"row {number} holds what is no number") from None
    values = np.array(rows, np.float64).reshape(-1, len(header))
    return checked_trace(values[:, 0], values[:, 1:])


def checked_trace(time_s: Floats, ratings_TK: Floats) -> Trace:
    """A trace whose times rise.

    Raises:
        ValueError: it is none; the message says why.
    """
    if len(time_s) < 2 or not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any() or time_s[0] < 0:
        raise ValueError("its times do not rise from 0 s on")
    if time_s[-1] > MAX_SESSION_S or np.isinf(ratings_TK).any():
        raise ValueError("its times are over a day, or a rating is infinite")
    return Trace(time_s, ratings_TK)


def mean_between(time_s: Floats, values_T: Floats, start_s: float, end_s: float) -> float:
    """The mean of what is known from one time on to before another; NaN where nothing is."""
    first, last = np.searchsorted(time_s, (start_s, end_s))
    inside = values_T[first:last]
    known = inside[~np.isnan(inside)]
    return float(known.mean()) if len(known) else np.nan
