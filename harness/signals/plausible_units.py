"""Whether the values of a recording can be in the units that their channels have.

Numbers do not say their unit, so a table in seconds, Kelvin or nS is read like one in ms, °C or µS, and gives
features that are wrong by a factor. No body has such values in the right unit, so that such a channel is refused.
The unit of a pulse wave is arbitrary, and an ECG is only used for its beats.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.signals.media import BEATS, UNITS, Beats, Channel, Media, Recording

IMPLAUSIBLE = 1e6
"""No skin conducts 1e6 µS and no wrist is accelerated by 1e6 g: such a frame is invalid and counts as missing."""

MS = "ms"


class Plausible(NamedTuple):
    """What the typical value of a channel may be in its unit, and how other units would look.

    Attributes:
        low: the smallest median; a channel that is 0 throughout is not worn, and no mistake of units.
        high: the largest median.
        usual: between them, for naming what a value may be in.
        others: unit → the value in the channel's own unit.
    """

    low: float
    high: float
    usual: tuple[float, float]
    others: Mapping[str, Callable[[float], float]]


PLAUSIBLE: Mapping[str, Plausible] = {
    "eda": Plausible(
        1e-4,
        100.0,
        (0.05, 50.0),
        {"nS": lambda v: v / 1e3, "S": lambda v: v * 1e6, "kΩ": lambda v: 1e3 / v, "Ω": lambda v: 1e6 / v},
    ),
    "temperature": Plausible(
        -30.0,
        50.0,
        (15.0, 42.0),
        {"K": lambda v: v - 273.15, "°F": lambda v: (v - 32) / 1.8, "0.01 °C": lambda v: v / 100},
    ),
    "acceleration": Plausible(
        0.2,
        5.0,
        (0.8, 1.5),
        {
            "1/64 g": lambda v: v / 64,
            "64 g": lambda v: v * 64,
            "m/s²": lambda v: v / 9.81,
            "mg": lambda v: v / 1e3,
        },
    ),
    "heart_rate": Plausible(20.0, 250.0, (40.0, 180.0), {"Hz": lambda v: v * 60, "ms": lambda v: 6e4 / v}),
    BEATS: Plausible(
        250.0,
        3_000.0,
        (300.0, 2_000.0),
        {"s": lambda v: v * 1e3, "µs": lambda v: v / 1e3, "1/min": lambda v: 6e4 / v},
    ),
}
"""E4 wristbands measure 0.01 to 100 µS and -40 to 115 °C; a wrist at rest feels 1 g, one that runs 2 g; intervals
of 300 to 2,000 ms are what studies keep."""

MIN_RATE_HZ: Mapping[str, float] = {
    "bvp": 5.0, "ecg": 5.0, "acceleration": 1.0, "eda": 0.1, "temperature": 0.01, "heart_rate": 0.01,
}  # fmt: skip
"""A slower channel has time stamps in ms or µs; no device is so slow."""

_FASTEST, _SLOWEST = 0.02, 50.0
"""Times between beats, in intervals. Missed beats make single ones long, but not all of them."""

_MIN_BEATS = 5

_NOT_WORN = ("eda", "acceleration")
"""Channels that are next to nothing while a band is not worn: their unit is another only where all values are
small."""


def with_plausible_units(media: Media) -> Media:
    """The same media; a recording's channels that cannot be in their unit are moved to `Recording.refused`."""
    if not isinstance(media, Recording):
        return media
    refused = {name: why for name, channel in media.channels.items() if (why := _of_channel(name, channel))}
    if media.beats is not None and (why := of_beats(media.beats)):
        refused[BEATS] = why
    if not refused:
        return media
    return replace(
        media,
        channels={name: channel for name, channel in media.channels.items() if name not in refused},
        beats=None if BEATS in refused else media.beats,
        refused={**media.refused, **{name: Unscored(Reason.UNREADABLE, why) for name, why in refused.items()}},
    )


def of_beats(beats: Beats) -> str | None:
    """Why intervals or times of beats cannot be in ms and s; None if they can."""
    return of_intervals(beats.interval_ms) or of_beat_times(beats)


def of_intervals(interval_ms: Floats) -> str | None:
    """Why intervals cannot be in ms; None if they can."""
    return _of_values(BEATS, interval_ms, MS, "interval_ms")


def of_beat_times(beats: Beats) -> str | None:
    """Why times of beats cannot be in s, given their intervals; None if they can."""
    if len(beats.time_s) < _MIN_BEATS:
        return None
    in_intervals = np.diff(beats.time_s) * 1e3 / beats.interval_ms[1:]
    if in_intervals.min() > _SLOWEST or in_intervals.max() < _FASTEST:
        unit = "ms" if in_intervals.min() > _SLOWEST else "minutes"
        return f"the times of beats are not in s: they do not agree with the intervals, as if in {unit}"
    return None


def _of_channel(name: str, channel: Channel) -> str | None:
    slowest = MIN_RATE_HZ.get(name, 0.0)
    if channel.rate_hz < slowest:
        return f"time_s is not in s: {name} has under {slowest:g} frames a second, as if it were in ms"
    values: Floats = channel.values
    if channel.unit != UNITS.get(name):
        return None
    return _of_values(name, values if values.ndim == 1 else np.linalg.norm(values, axis=1), channel.unit, name)


def _of_values(name: str, values: Floats, unit: str | None, column: str) -> str | None:
    plausible, present = PLAUSIBLE.get(name), values[np.isfinite(values)]
    if plausible is None or not len(present) or not present.any():
        return None
    typical = float(np.median(present))
    lowest = float(present.max()) if name in _NOT_WORN else typical
    if plausible.low <= lowest and typical <= plausible.high:
        return None
    side = f"under {plausible.low:g}" if lowest < plausible.low else f"over {plausible.high:g}"
    return f"{column} is not in {unit}: typical values are {side}{_as_if(typical, plausible)}"


def _as_if(typical: float, plausible: Plausible) -> str:
    low, high = plausible.usual
    found = [unit for unit, convert in plausible.others.items() if typical and low <= convert(typical) <= high]
    return f", as if in {' or '.join(found)}" if found else ""
