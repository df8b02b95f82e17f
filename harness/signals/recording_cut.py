"""A stretch of a recording whose values come at their own times, such as a watch's heart rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.signals.media import Beats, Channel, Recording

RATE_HZ = 1.0
MAX_DURATION_S = 7 * 86_400.0


class Series(NamedTuple):
    """Values in order of time: when each was measured (s), the values, and their unit."""

    time_s: Floats
    values: Floats
    unit: str | None


def cut(
    series: Mapping[str, Series], beats: Beats | None, start_s: float | None, end_s: float | None
) -> Recording:
    """Lay the values between two times on a grid of one frame a second, NaN where there is none.

    Of several values within a second the last is taken. Beats are those whose interval lies inside.

    Args:
        series: by the name of the channel.
        beats: on the same clock; None where there are none.
        start_s: where the window begins on the clock of the series; None for the first value.
        end_s: where it ends (exclusive); None for a second after the last value.

    Raises:
        Unscored: no value in the window (``empty``), or it is longer than a week (``too_long``).
    """
    spans = [(of.time_s[0], of.time_s[-1]) for of in series.values() if len(of.time_s)]
    if beats is not None and len(beats.time_s):
        spans.append((beats.time_s[0] - beats.interval_ms[0] / 1e3, beats.time_s[-1]))
    if not spans:
        raise Unscored(Reason.EMPTY, "no values")
    start = float(min(first for first, _ in spans)) if start_s is None else start_s
    end = float(max(last for _, last in spans)) + 1.0 / RATE_HZ if end_s is None else end_s
    if end - start > MAX_DURATION_S:
        raise Unscored(Reason.TOO_LONG, "over a week: give start_s and end_s of the samples")
    channels = {}
    for name, (time_s, values, unit) in series.items():
        inside = (time_s >= start) & (time_s < end)
        if inside.any():
            grid = np.full(int(np.ceil((end - start) * RATE_HZ)), np.nan)
            grid[((time_s[inside] - start) * RATE_HZ).astype(np.int64)] = values[inside]
            channels[name] = Channel(grid, RATE_HZ, 0.0, unit)
    within = None
    if beats is not None:
        whole = (beats.time_s - beats.interval_ms / 1e3 >= start - 1e-9) & (beats.time_s < end)
        within = Beats(beats.time_s[whole] - start, beats.interval_ms[whole])
    if not channels and (within is None or not len(within.time_s)):
        raise Unscored(Reason.EMPTY, f"no values between {start:g} and {end:g} s")
    return Recording(end - start, channels, within)
