"""Windows of a stated length that lie inside one stretch of a recording."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.datasets.reader import ReaderOptions


class WindowOptions(ReaderOptions):
    """How recordings are cut.

    Attributes:
        window_s: length of a window.
        stride_s: from the start of one window to the start of the next.
    """

    window_s: float = Field(default=60.0, ge=1, le=3600)
    stride_s: float = Field(default=30.0, ge=0.25, le=3600)


class Stretch(NamedTuple):
    """A stretch in which a value stays the same, in seconds from the start of the recording."""

    value: int
    start_s: float
    end_s: float


def stretches(values: npt.NDArray[Any], rate_hz: float) -> list[Stretch]:
    """The stretches of equal values of a regularly sampled series, in order; no whole number counts as -1."""
    flat = np.asarray(values, np.float64).ravel()
    whole = np.where(np.abs(flat) < 2**31, flat, np.nan)
    whole = np.where(whole == np.rint(whole), whole, -1.0).astype(np.int64)
    edges = [0, *(np.flatnonzero(np.diff(whole)) + 1).tolist(), len(whole)]
    return [
        Stretch(int(whole[first]), first / rate_hz, last / rate_hz)
        for first, last in pairwise(edges)
        if last > first
    ]


def windows(start_s: float, end_s: float, options: WindowOptions) -> Iterator[tuple[int, int]]:
    """Start and end in ms of the windows that lie wholly between two times."""
    window_ms, stride_ms = round(1000 * options.window_s), round(1000 * options.stride_s)
    for start_ms in range(round(1000 * start_s), round(1000 * end_s) - window_ms + 1, stride_ms):
        yield start_ms, start_ms + window_ms
