"""Conditions of what sensors on a body recorded.

A device that delivers beats has looked at its pulse wave already, so what disturbs the wave must reach the beats
as well: they are lost where it is disturbed most, and misplaced where it is disturbed less. A beat that is lost
leaves a gap: the intervals of the others stay, and no difference is taken across it (`harness.signals.hrv`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import replace

import numpy as np

from harness.arrays import Bools, Floats
from harness.cards.modality import Modality
from harness.conditions.condition import Condition
from harness.errors import Reason, Unscored
from harness.signals.media import Beats, Channel, Media, Recording

SUCCESSIVE_MS = 100.0
"""Two beats follow one another if the time between them is the interval within this tolerance."""


class RecordingCondition(Condition):
    """A change to the channels and the beats of a recording."""

    modalities = frozenset({Modality.WEARABLE, Modality.PHYSIOLOGY})

    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        """The recording changed; what was refused stays so."""
        assert isinstance(media, Recording), "the study looks at the modalities before it begins"
        return self.changed(media, rng)

    @abstractmethod
    def changed(self, recording: Recording, rng: np.random.Generator) -> Recording:
        """A recording of the same length, with new arrays where anything is different."""

    @property
    def level(self) -> int:
        """The severity, of a family that has some."""
        assert self.severity is not None, "a severity was asked for"
        return self.severity


def require_any(recording: Recording, channels: Collection[str], *, beats: bool) -> None:
    """Check that a recording has something that would be changed.

    Args:
        recording: as it was read.
        channels: that would be changed.
        beats: whether beats would be.

    Raises:
        Unscored: it has none of the channels, and no beats where they would do (``not_applicable``).
    """
    has_beats = beats and recording.beats is not None and len(recording.beats.time_s) > 0
    if not has_beats and not set(channels) & set(recording.channels):
        wanted = ", ".join([*sorted(channels), *(["beats"] if beats else [])])
        raise Unscored(Reason.NOT_APPLICABLE, f"the recording has none of {wanted}")


def frame_times(channel: Channel) -> Floats:
    """When each frame was taken, in seconds from the start of the window."""
    return channel.start_s + np.arange(len(channel.values)) / channel.rate_hz


def spread(channel: Channel) -> Floats:
    """The standard deviation of the known values of a channel, or of each of its axes; 0 if there are none."""
    known = np.isfinite(channel.values)
    num = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, channel.values, 0.0).sum(axis=0) / num
    squares = np.where(known, channel.values - mean, 0.0) ** 2
    deviation: Floats = np.sqrt(squares.sum(axis=0) / num)
    return deviation


def without(beats: Beats | None, lost: Bools | None) -> Beats | None:
    """The beats that are left; the intervals of the others stay as they are."""
    return beats if beats is None or lost is None else Beats(beats.time_s[~lost], beats.interval_ms[~lost])


def misplaced(beats: Beats, error_ms: Floats) -> Beats:
    """Beats that were each found a little too early or too late.

    An interval changes by the error of its beat less that of the beat before, so that errors of σ add 6 σ² to the
    square of RMSSD. Errors are cut so that no beat passes its neighbour.

    Args:
        beats: as they were.
        error_ms: of each beat, shape (N,).
    """
    if not len(beats.time_s):
        return beats
    most_ms = 0.45 * np.minimum(beats.interval_ms, np.append(beats.interval_ms[1:], np.inf))
    error_ms = np.clip(error_ms, -most_ms, most_ms)
    follows = np.zeros(len(error_ms), np.bool_)
    follows[1:] = np.abs(np.diff(beats.time_s) * 1000.0 - beats.interval_ms[1:]) <= SUCCESSIVE_MS
    before_ms = np.where(follows, np.roll(error_ms, 1), 0.0)
    return Beats(beats.time_s + error_ms / 1000.0, beats.interval_ms + error_ms - before_ms)


def with_channels(recording: Recording, changed: dict[str, Channel], beats: Beats | None) -> Recording:
    """The recording with some channels replaced, and with these beats."""
    return replace(recording, channels={**recording.channels, **changed}, beats=beats)
