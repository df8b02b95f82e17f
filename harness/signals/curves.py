"""What people look at of a medium: named curves with units.

A curve is a signal in equal steps of time, each with its least and greatest value, so that neither a short peak
nor a gap is lost where there are more values than places to draw them. How they are drawn is not decided here
(`harness.report.drawn_curves`).

Shapes: N values, B steps of a curve.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.signals.media import Audio, Beats, Channel, Image, Media, Recording, Video

MAX_STEPS = 400
BEATS_HZ = 4.0
"""Intervals between heartbeats are drawn as long as they last; they are looked up this often."""
MOST_LOOKED_UP = 1_000_000


@dataclass(frozen=True)
class Curve:
    """A signal over time in equal steps.

    Attributes:
        name: what it is, such as ``eda``.
        unit: of its values; None where it is arbitrary.
        duration_s: of all steps.
        low, high: ``[B]``, the least and the greatest value of each step; NaN where the signal is missing.
    """

    name: str
    unit: str | None
    duration_s: float
    low: Floats
    high: Floats

    @property
    def extent(self) -> tuple[float, float] | None:
        """The least and the greatest value; None if all are missing."""
        known = np.isfinite(self.low)
        return (float(self.low[known].min()), float(self.high[known].max())) if known.any() else None


def curves_of(media: Media) -> list[Curve]:
    """The waveform of a sound; of a recording the intervals between heartbeats, then every channel.

    Of a channel with several axes, such as acceleration, the length of the vector. A picture, and a film without
    sound, have none.
    """
    if isinstance(media, Image):
        return []
    if isinstance(media, Video):
        return [] if media.audio is None else curves_of(media.audio)
    if isinstance(media, Audio):
        duration_s = len(media.waveform) / media.sample_rate
        return [_curve("amplitude", None, media.waveform.astype(np.float64), media.sample_rate, 0.0, duration_s)]
    return _of_recording(media)


def _of_recording(recording: Recording) -> list[Curve]:
    found = []
    if recording.beats is not None:
        values, rate_hz = _interval_at_each_time(recording.beats, recording.duration_s)
        found.append(_curve("interval between heartbeats", "ms", values, rate_hz, 0.0, recording.duration_s))
    for name, channel in recording.channels.items():
        values = _length_of_vector(channel)
        found.append(_curve(name, channel.unit, values, channel.rate_hz, channel.start_s, recording.duration_s))
    return found


def _length_of_vector(channel: Channel) -> Floats:
    values: Floats = channel.values
    return values if values.ndim == 1 else np.sqrt(np.square(values).sum(axis=1))


def _interval_at_each_time(beats: Beats, duration_s: float) -> tuple[Floats, float]:
    """The interval that lasts at each time, NaN between intervals; how many times a second."""
    num = min(max(1, math.ceil(duration_s * BEATS_HZ)), MOST_LOOKED_UP)
    time_N = (np.arange(num) + 0.5) * duration_s / num
    values_N = np.full(num, np.nan)
    if len(beats.time_s):
        next_N = np.searchsorted(beats.time_s, time_N)
        inside = next_N < len(beats.time_s)
        ends = next_N[inside]
        lasts = time_N[inside] >= beats.time_s[ends] - beats.interval_ms[ends] / 1000
        values_N[inside] = np.where(lasts, beats.interval_ms[ends], np.nan)
    return values_N, num / max(duration_s, 1e-9)


def _curve(
    name: str, unit: str | None, values_N: Floats, rate_hz: float, start_s: float, duration_s: float
) -> Curve:
    """Put the values into steps by their times; no more steps than values fit into the duration."""
    num = min(MAX_STEPS, max(1, math.floor(duration_s * rate_hz + 1e-6)))
    step_N = np.floor((start_s + np.arange(len(values_N)) / rate_hz) * num / max(duration_s, 1e-9) + 1e-6)
    counted = np.isfinite(values_N) & (step_N >= 0) & (step_N < num)
    steps, values = step_N[counted].astype(np.int64), values_N[counted]
    low_B, high_B = np.full(num, np.inf), np.full(num, -np.inf)
    np.minimum.at(low_B, steps, values)
    np.maximum.at(high_B, steps, values)
    missing = np.isinf(low_B)
    return Curve(name, unit, duration_s, np.where(missing, np.nan, low_B), np.where(missing, np.nan, high_B))
