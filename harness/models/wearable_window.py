"""One window of a wearable as a flat array, which a worker sends to the model.

The evenly sampled channels (80 KB a minute) become a dozen numbers in the worker; the beats (1 KB) are sent as
they are, so that heart-rate variability is computed for many windows at once.

Layout: duration in seconds, features of the channels, times of the beats, intervals of the beats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.cards.inputs import RecordingInput
from harness.errors import Reason, Unscored
from harness.signals.beats import detect_beats
from harness.signals.electrodermal import Electrodermal, electrodermal
from harness.signals.media import BEATS, Beats, Media, Recording
from harness.signals.motion import Motion, motion
from harness.signals.plausible_units import IMPLAUSIBLE
from harness.signals.skin_temperature import SkinTemperature, skin_temperature

WearableFeatureGroup = Literal["eda", "hrv", "motion", "temperature"]


class ChannelGroup(NamedTuple):
    """The features of one channel."""

    channel: str
    num_dimensions: int
    measure: Callable[[Floats, float], Sequence[Floats]]
    fields: tuple[str, ...]


CHANNEL_GROUPS: dict[WearableFeatureGroup, ChannelGroup] = {
    "eda": ChannelGroup("eda", 1, electrodermal, Electrodermal._fields),
    "motion": ChannelGroup("acceleration", 2, motion, Motion._fields),
    "temperature": ChannelGroup("temperature", 1, skin_temperature, SkinTemperature._fields),
}


def channel_features(groups: Sequence[WearableFeatureGroup]) -> list[str]:
    """The names ``<group>.<feature>`` of the features of these groups' channels, in the packed order."""
    return [
        f"{group}.{field}" for group in CHANNEL_GROUPS if group in groups for field in CHANNEL_GROUPS[group].fields
    ]


class WindowPreparer:
    """Describes the channels and finds the beats. Picklable.

    Args:
        groups: the groups of features that are wanted. Beats travel only with ``hrv``.
        expected: what the model's card says: the channels that are read, and where beats are taken from.
    """

    def __init__(self, groups: Sequence[WearableFeatureGroup], expected: RecordingInput) -> None:
        self._expected = expected
        self._groups = tuple(group for group in CHANNEL_GROUPS if group in groups)
        self._with_beats = "hrv" in groups

    def __call__(self, media: Media) -> Floats:
        """Pack one window.

        Raises:
            Unscored: the window has no length (``empty``), or no requested feature can be computed
                (``no_signal``).
        """
        assert isinstance(media, Recording), "a wearable model was given another kind of media"
        if not media.duration_s > 0.0:
            raise Unscored(Reason.EMPTY, "a window of no length")
        self._require_usable(media)
        media = _expected_of(media, self._expected)
        features = np.array([value for group in self._groups for value in _measure(media, CHANNEL_GROUPS[group])])
        beats = _beats(media, self._expected.beats) if self._with_beats else Beats(np.empty(0), np.empty(0))
        if not np.isfinite(features).any() and len(beats.time_s) == 0:
            wanted = [*self._groups, *(["hrv"] if self._with_beats else [])]
            raise Unscored(Reason.NO_SIGNAL, f"nothing to measure for {', '.join(wanted)}")
        return np.concatenate([[media.duration_s], features, beats.time_s, beats.interval_ms])

    def _require_usable(self, media: Recording) -> None:
        """No channel that is read was refused; channels that no feature uses do not matter."""
        read = {CHANNEL_GROUPS[group].channel for group in self._groups} & set(self._expected.channels)
        if self._with_beats:
            read |= set(_first_source(media, self._expected.beats))
        for name, unscored in media.refused.items():
            if name in read:
                raise unscored


class Windows(NamedTuple):
    """A batch of packed windows, taken apart.

    Attributes:
        features: of the channels, shape (num_windows, num_features).
        beats: the beats of all windows on a common clock, with gaps between windows so that no interval spans two
            of them.
        start_s: where each window starts on that clock, shape (num_windows,).
        end_s: where it ends.
    """

    features: Floats
    beats: Beats
    start_s: Floats
    end_s: Floats


def unpack(batch: Sequence[Floats], num_features: int) -> Windows:
    """Take packed windows apart; `num_features` is the number of channel features that each carries."""
    head = np.stack([window[: 1 + num_features] for window in batch])
    tails = [window[1 + num_features :].reshape(2, -1) for window in batch]
    duration_s = head[:, 0]
    start_s = np.cumsum(np.concatenate([[0.0], 2.0 * duration_s[:-1] + 10.0]))
    time_s = np.concatenate([tail[0] + start for tail, start in zip(tails, start_s, strict=True)])
    beats = Beats(time_s, np.concatenate([tail[1] for tail in tails]))
    return Windows(head[:, 1:], beats, start_s, start_s + duration_s)


def _expected_of(window: Recording, expected: RecordingInput) -> Recording:
    """The channels that the model reads, in the units that it expects."""
    if expected.window_s is not None and not expected.window_s[0] <= window.duration_s <= expected.window_s[1]:
        short = window.duration_s < expected.window_s[0]
        reason = Reason.TOO_SHORT if short else Reason.TOO_LONG
        raise Unscored(
            reason, f"{window.duration_s:g} s; expected {expected.window_s[0]:g} to {expected.window_s[1]:g} s"
        )
    channels = {name: window.channels[name] for name in expected.channels if name in window.channels}
    for name, channel in channels.items():
        unit = expected.units.get(name, channel.unit)
        if channel.unit is not None and channel.unit != unit:
            raise Unscored(Reason.UNREADABLE, f"{name} is in {channel.unit}; the model reads {unit}")
    return replace(window, channels=channels)


def _measure(window: Recording, group: ChannelGroup) -> list[float]:
    channel = window.channels.get(group.channel)
    if channel is None or channel.values.ndim != group.num_dimensions or len(channel.values) == 0:
        return [np.nan] * len(group.fields)
    plausible = np.where(np.abs(channel.values) < IMPLAUSIBLE, channel.values, np.nan)
    return [float(values[0]) for values in group.measure(plausible[None], channel.rate_hz)]


def _first_source(window: Recording, sources: Sequence[str]) -> list[str]:
    """The channels that are asked for beats, up to the first that the window has or that was refused."""
    names = [BEATS if source == "device" else source for source in sources]
    there = {*window.channels, *window.refused, *([BEATS] if window.beats is not None else [])}
    return next((names[: index + 1] for index, name in enumerate(names) if name in there), names)


def _beats(window: Recording, sources: Sequence[str]) -> Beats:
    """The beats of the first source that the window has: the device's own, or found in ECG or pulse wave."""
    beats = next((found for source in sources if (found := _beats_of(window, source)) is not None), None)
    if beats is None:
        return Beats(np.empty(0), np.empty(0))
    inside = (beats.time_s >= 0.0) & (beats.time_s < window.duration_s)
    return Beats(beats.time_s[inside], beats.interval_ms[inside])


def _beats_of(window: Recording, source: str) -> Beats | None:
    if source == "device":
        return window.beats
    channel = window.channels.get(source)
    return None if channel is None else detect_beats(channel, "ecg" if source == "ecg" else "ppg")
