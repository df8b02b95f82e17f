"""A body that moves: artefacts at the wrist, and a heart that works harder although nobody is stressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy.ndimage import uniform_filter1d

from harness.arrays import Bools, Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.recordings import (
    RecordingCondition,
    frame_times,
    require_any,
    spread,
    with_channels,
    without,
)
from harness.signals.media import Beats, Channel, Recording

INTENSITY_G = {1: 0.02, 2: 0.05, 3: 0.1, 4: 0.2, 5: 0.3}
"""Severity → the standard deviation of the acceleration that is added, in g. In Stress-Predict, where people sit
at a table, the magnitude varies by over 0.024 g in half of the windows, by over 0.09 g in a tenth."""
LOST_AT = ((0.0, 0.0), (0.02, 0.35), (0.05, 0.65), (0.1, 0.85), (0.3, 0.95))
"""Intensity in g → share of beats that a careful wristband does not deliver. Valid intervals of the Empatica E4
cover 59 % of a window in the third of Stress-Predict with least movement, 31 % in the next, 15 % in the last;
the curve is drawn through those by hand."""
STEP_HZ = 1.9
BOUT_S = 4.0
WAVE_PER_G = 8.0
"""Standard deviations of the pulse wave that 1 g adds to it: a choice, as no publication gives one figure."""


class Movement(RecordingCondition):
    """``wearable/movement@1`` … ``@5``: the arm moves, with 0.02 to 0.3 g, in bouts of some seconds.

    The acceleration gets the movement, the pulse wave an artefact of the same rhythm, and beats are lost in bouts.
    Skin conductance and temperature stay: contact artefacts of a loose strap are another fault.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"{intensity:g} g" for number, intensity in INTENSITY_G.items()
    }
    source = "lost beats: measured on Stress-Predict (Iqbal et al. 2022, doi:10.3390/s22218135); wave: a choice"

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """Acceleration, pulse wave and beats, where they are."""
        require_any(recording, {"acceleration", "bvp"}, beats=True)
        intensity = INTENSITY_G[self.level]
        bouts = rng.random(int(recording.duration_s // BOUT_S) + 2)
        phase, axis, jerks = rng.random(), rng.standard_normal(3), rng.integers(0, 2**63)
        axis /= np.linalg.norm(axis)
        channels = {}
        for name in {"acceleration", "bvp"} & set(recording.channels):
            channel = recording.channels[name]
            movement = _movement(frame_times(channel), bouts, phase, np.random.default_rng(jerks))
            if name == "bvp":
                size = WAVE_PER_G * intensity * spread(channel)
                channels[name] = replace(channel, values=channel.values + size * movement)
            else:
                direction = axis if channel.values.ndim == 2 and channel.values.shape[1] == 3 else 1.0
                along = movement[:, None] * direction if channel.values.ndim == 2 else movement
                channels[name] = replace(channel, values=channel.values + intensity * along)
        return with_channels(recording, channels, without(recording.beats, _lost(recording, bouts, intensity)))


def _movement(time_s: Floats, bouts: Floats, phase: float, rng: np.random.Generator) -> Floats:
    """Steps and jerks in bouts, of standard deviation 1."""
    steps = np.sin(2 * np.pi * (phase + STEP_HZ * time_s)) + 0.5 * rng.standard_normal(len(time_s))
    movement = steps * np.interp(time_s, np.arange(len(bouts)) * BOUT_S, bouts)
    size = movement.std() if len(movement) else 0.0
    return movement / size if size > 0 else movement


def _lost(recording: Recording, bouts: Floats, intensity: float) -> Bools | None:
    """The beats in the strongest parts of the bouts: at a higher intensity the same ones and more."""
    beats = recording.beats
    if beats is None or not len(beats.time_s):
        return None
    strength = np.interp(beats.time_s, np.arange(len(bouts)) * BOUT_S, bouts)
    at_g, lost_share = zip(*LOST_AT, strict=True)
    share = float(np.interp(intensity, at_g, lost_share))
    num_lost = round(share * len(strength))
    lost = np.zeros(len(strength), np.bool_)
    lost[np.argsort(-strength, kind="stable")[:num_lost]] = True
    return lost


RAISED_BPM = {1: 10.0, 2: 20.0, 3: 30.0, 4: 45.0, 5: 60.0}
"""Severity → beats per minute that the heart rate is raised by."""
SWING_KEPT = {1: 0.75, 2: 0.55, 3: 0.4, 4: 0.3, 5: 0.2}
"""Severity → the share of the variation of the intervals that is left. While ten people of wearable_hrv rode a
bicycle, the ECG's RMSSD was a fifth of that while sitting (6.3 and 30.8 ms)."""
TREND_S = 60.0


class Exercise(RecordingCondition):
    """``wearable/exercise@1`` … ``@5``: the heart beats 10 to 60 times a minute more; the skin does not respond.

    The heart of a calm person who climbs stairs. A system that calls it stress takes a raised heart rate for a
    feeling (the specificity arm of a test of wearables). Acceleration stays, so that it is not told by movement,
    and so does the skin, which in real exercise sweats after some minutes.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"+{bpm:g} beats per minute" for number, bpm in RAISED_BPM.items()
    }
    source = (
        "that rate rises and variability falls: Michael et al. 2017, doi:10.3389/fphys.2017.00301; by how much: "
        "measured on wearable_hrv"
    )

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:  # noqa: ARG002 (nothing is drawn)
        """Beats, pulse wave and the device's own heart rate, where they are; the window repeats its own pulse."""
        require_any(recording, {"bvp", "ecg", "heart_rate"}, beats=True)
        rate = _heart_rate(recording)
        faster = (rate + RAISED_BPM[self.level]) / rate
        channels = {}
        for name in {"bvp", "ecg"} & set(recording.channels):
            channels[name] = _faster_wave(recording.channels[name], faster)
        if (own := recording.channels.get("heart_rate")) is not None:
            channels["heart_rate"] = replace(own, values=own.values * faster)
        beats = recording.beats
        if beats is not None and len(beats.time_s):
            beats = _faster_beats(beats, faster, SWING_KEPT[self.level], recording.duration_s)
        return with_channels(recording, channels, beats)


def _heart_rate(recording: Recording) -> float:
    """Beats per minute by the beats, else by the device's own heart rate, else 70."""
    if recording.beats is not None and len(recording.beats.interval_ms):
        return 60_000.0 / float(np.median(recording.beats.interval_ms))
    own = recording.channels.get("heart_rate")
    known = own.values[np.isfinite(own.values) & (own.values > 0)] if own is not None else np.empty(0)
    return float(known.mean()) if len(known) else 70.0


def _faster_wave(channel: Channel, faster: float) -> Channel:
    """The wave played faster, from its start again where it ends."""
    num = len(channel.values)
    if num < 2:
        return channel
    place = (np.arange(num) * faster) % (num - 1)
    before = place.astype(np.intp)
    weight = (place - before).reshape(-1, *[1] * (channel.values.ndim - 1))
    return replace(channel, values=channel.values[before] * (1 - weight) + channel.values[before + 1] * weight)


def _faster_beats(beats: Beats, faster: float, kept: float, duration_s: float) -> Beats:
    """The beats played faster, with less variation around their trend, until the window is full."""
    trend_ms = uniform_filter1d(
        beats.interval_ms, max(1, round(TREND_S * 1000 / float(np.mean(beats.interval_ms))))
    )
    interval_ms = (trend_ms + kept * (beats.interval_ms - trend_ms)) / faster
    first_s = float(beats.time_s[0]) - float(beats.interval_ms[0]) / 1000.0
    gap_s = np.maximum(np.diff(beats.time_s, prepend=first_s) - beats.interval_ms / 1000.0, 0.0) / faster
    once_s = first_s / faster + np.cumsum(gap_s + interval_ms / 1000.0)
    length_s = max(duration_s / faster, float(once_s[-1]))  # with the gap at the end, if there is one
    repeats = int(np.ceil(duration_s / length_s)) + 1
    time_s = (np.arange(repeats)[:, None] * length_s + once_s).ravel()
    inside = time_s < duration_s
    return Beats(time_s[inside], np.tile(interval_ms, repeats)[inside])
