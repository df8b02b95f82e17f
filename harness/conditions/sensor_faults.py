"""What sensors and their electronics do: gaps, lower rates, noise, drift, and the errors of another device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from harness.arrays import Bools, Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.recordings import (
    RecordingCondition,
    frame_times,
    misplaced,
    require_any,
    spread,
    with_channels,
    without,
)
from harness.errors import Reason, Unscored
from harness.signals.media import Channel, Recording

MISSING_SHARE = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.5, 5: 0.7}
"""Severity → the share of the window in which nothing was recorded."""
NUM_GAPS = 4


class MissingSegments(RecordingCondition):
    """``wearable/missing@1`` … ``@5``: nothing was recorded in 10 to 70 % of the window, in four gaps."""

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"{share:.0%} of the window" for number, share in MISSING_SHARE.items()
    }

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """Frames in the gaps are NaN; beats whose interval reaches into one are lost."""
        require_any(recording, recording.channels, beats=True)
        length_s = MISSING_SHARE[self.level] * recording.duration_s / NUM_GAPS
        slot_s = recording.duration_s / NUM_GAPS
        start_s = (np.arange(NUM_GAPS) + rng.random(NUM_GAPS) * (1 - MISSING_SHARE[self.level])) * slot_s
        channels = {}
        for name, channel in recording.channels.items():
            values = channel.values.copy()
            values[_within(frame_times(channel), frame_times(channel), start_s, length_s)] = np.nan
            channels[name] = replace(channel, values=values)
        beats = recording.beats
        if beats is None:
            return with_channels(recording, channels, None)
        began_s = beats.time_s - beats.interval_ms / 1000.0
        return with_channels(
            recording, channels, without(beats, _within(began_s, beats.time_s, start_s, length_s))
        )


def _within(first_s: Floats, last_s: Floats, start_s: Floats, length_s: float) -> Bools:
    """Which spans of time touch one of the gaps."""
    touching: Bools = np.any((first_s[:, None] < start_s + length_s) & (last_s[:, None] >= start_s), axis=1)
    return touching


RATE_DIVISOR = {1: 2, 2: 4, 3: 8, 4: 16}
"""Severity → how many frames become one."""
BEAT_CLOCK_HZ = 64.0
"""The rate from which a device that states none is taken to find its beats: that of an Empatica E4's pulse
wave."""


class LowerRate(RecordingCondition):
    """``wearable/lower_rate@1`` … ``@4``: a half to a sixteenth of the frames, as a battery is saved.

    Neighbouring frames are averaged, which also is what keeps higher frequencies out. Beats are only known to the
    frame of the pulse wave: at 4 Hz to a quarter of a second.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"1/{divisor} of the rate" for number, divisor in RATE_DIVISOR.items()
    }

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:  # noqa: ARG002 (nothing is drawn)
        """Channels of fewer frames; those that would have fewer than two stay as they are."""
        require_any(recording, recording.channels, beats=True)
        divisor = RATE_DIVISOR[self.level]
        channels = {name: _averaged(channel, divisor) for name, channel in recording.channels.items()}
        beats = recording.beats
        if beats is not None:
            wave = recording.channels.get("bvp", recording.channels.get("ecg"))
            step_s = divisor / (BEAT_CLOCK_HZ if wave is None else wave.rate_hz)
            rounded_s = np.round(beats.time_s / step_s) * step_s
            beats = misplaced(beats, 1000.0 * (rounded_s - beats.time_s))
        return with_channels(recording, channels, beats)


def _averaged(channel: Channel, divisor: int) -> Channel:
    num = len(channel.values) // divisor
    if num < 2:
        return channel
    parts = channel.values[: num * divisor].reshape(num, divisor, *channel.values.shape[1:])
    known = np.isfinite(parts)
    total = np.where(known, parts, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(known.any(axis=1), total / known.sum(axis=1), np.nan)
    delay_s = (divisor - 1) / 2 / channel.rate_hz
    return replace(channel, values=values, rate_hz=channel.rate_hz / divisor, start_s=channel.start_s + delay_s)


NOISE = {1: (30.0, 2.0), 2: (20.0, 5.0), 3: (10.0, 10.0), 4: (5.0, 20.0), 5: (0.0, 40.0)}
"""Severity → signal-to-noise ratio in dB, and the standard deviation of the time of a beat in ms."""
MEASURED_BY_ITSELF = ("heart_rate",)
"""Channels that a device computes and does not sense."""


class SensorNoise(RecordingCondition):
    """``wearable/noise@1`` … ``@5``: white noise on every sensor, 30 to 0 dB; beats misplaced by 2 to 40 ms.

    The ratio is that of the variances of the channel (of each axis) in this window and of the noise. How far
    noise in the wave misplaces a beat depends on the device's detector, so the two are stated apart.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"{db:g} dB, beats ±{ms:g} ms" for number, (db, ms) in NOISE.items()
    }

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """Noise of its own for every channel and axis."""
        require_any(recording, set(recording.channels) - {*MEASURED_BY_ITSELF}, beats=True)
        db, beat_ms = NOISE[self.level]
        channels = {}
        for name, channel in sorted(recording.channels.items()):
            noise = rng.standard_normal(channel.values.shape)
            if name not in MEASURED_BY_ITSELF:
                channels[name] = replace(
                    channel, values=channel.values + spread(channel) * 10 ** (-db / 20) * noise
                )
        beats = recording.beats
        if beats is not None:
            beats = misplaced(beats, beat_ms * rng.standard_normal(len(beats.time_s)))
        return with_channels(recording, channels, beats)


DRIFT = {1: (0.1, 0.25), 2: (0.2, 0.5), 3: (0.4, 1.0), 4: (0.6, 2.0), 5: (1.0, 3.0)}
"""Severity → what skin conductance gains by the end of the window, as a share, and what temperature gains, in
°C."""


class SensorDrift(RecordingCondition):
    """``wearable/drift@1`` … ``@5``: skin conductance and temperature rise evenly, though nothing happens.

    Electrodes that soak and a case that warms do so; the pulse is not touched. Boucsein 2012 (Electrodermal
    Activity, doi:10.1007/978-1-4614-1126-0) describes it; the sizes are choices.
    """

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"+{share:.0%} skin conductance, +{celsius:g} °C by the end"
        for number, (share, celsius) in DRIFT.items()
    }
    source = "Boucsein 2012, doi:10.1007/978-1-4614-1126-0 (that it occurs; the sizes are choices)"

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:  # noqa: ARG002 (nothing is drawn)
        """Both channels, where they are."""
        require_any(recording, {"eda", "temperature"}, beats=False)
        share, celsius = DRIFT[self.level]
        channels = {}
        for name in {"eda", "temperature"} & set(recording.channels):
            channel = recording.channels[name]
            elapsed = frame_times(channel) / recording.duration_s
            elapsed = elapsed.reshape(-1, *[1] * (channel.values.ndim - 1))
            values = (
                channel.values * (1 + share * elapsed) if name == "eda" else channel.values + celsius * elapsed
            )
            channels[name] = replace(channel, values=values)
        return with_channels(recording, channels, recording.beats)


OTHER_DEVICE = {
    1: ("HeartMath, sitting", 6.6, 0.0),
    2: ("HeartMath, walking", 15.8, 0.01),
    3: ("Rhythm, sitting", 14.9, 0.18),
    4: ("Rhythm, walking", 34.2, 0.45),
}
"""Severity → whose error, the standard deviation of the time of a beat in ms, and the share of beats that are
lost.

Medians over the ten people of wearable_hrv beside the ECG: σ² = (RMSSD² - RMSSD of the ECG²) / 6, and the number
of beats by that of the ECG."""


class OtherDevice(RecordingCondition):
    """``wearable/other_device@1`` … ``@4``: beats with the errors of other devices, measured beside an ECG."""

    graded = False
    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {
        number: f"{name}: beats ±{ms:g} ms, {lost:.0%} lost" for number, (name, ms, lost) in OTHER_DEVICE.items()
    }
    source = "measured on wearable_hrv (Sinichi et al. 2024, doi:10.21105/joss.06240)"

    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """Beats misplaced and lost at random; only a recording with beats can be changed."""
        beats = recording.beats
        if beats is None or not len(beats.time_s):
            raise Unscored(Reason.NOT_APPLICABLE, "the recording has no beats")
        _, beat_ms, share = OTHER_DEVICE[self.level]
        error, drawn = rng.standard_normal(len(beats.time_s)), rng.random(len(beats.time_s))
        return with_channels(recording, {}, without(misplaced(beats, beat_ms * error), drawn < share))
