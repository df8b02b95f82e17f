"""Conditions of melody, loudness and tempo: how something is said, while the words stay."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from harness.arrays import Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import Waveform, as_loud_as, within_scale
from harness.conditions.sounds import SoundCondition
from harness.conditions.speech_activity import levels_db, pauses_cut, speech_floor_db
from harness.errors import Reason, Unscored
from harness.signals.f0_track import F0Track, f0_track
from harness.signals.media import Audio
from harness.signals.psola import overlap_added

_PSOLA = "PSOLA: Moulines & Charpentier 1990, doi:10.1016/0167-6393(90)90021-Z"


class _Melody(SoundCondition):
    """Another F0."""

    source = _PSOLA
    severities: ClassVar[Mapping[int, str]] = {}

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """The melody changed, words, tempo and level as they are.

        Raises:
            Unscored: there is no voice in the clip (``not_applicable``).
        """
        track = _voiced_track(audio)
        waveform = overlap_added(
            audio.waveform, audio.sample_rate, track, new_f0=lambda f0_hz: self.new_f0(f0_hz, track)
        )
        return replace(audio, waveform=as_loud_as(audio.waveform, waveform))

    @abstractmethod
    def new_f0(self, f0_hz: Floats, track: F0Track) -> Floats:
        """F0 in Hz → F0 in Hz."""


SEMITONES = {1: 1.0, 2: 2.0, 3: 4.0, 4: 6.0}


class PitchUp(_Melody):
    """``voice/pitch_up``: the voice is higher by 1 to 6 semitones; its resonances and tempo stay."""

    label_preserving = LabelPreserving.UNKNOWN
    severities = {number: f"+{semitones:g} semitones" for number, semitones in SEMITONES.items()}  # noqa: RUF012
    sign: ClassVar[float] = 1.0

    def new_f0(self, f0_hz: Floats, track: F0Track) -> Floats:  # noqa: ARG002
        """All of it by the same ratio."""
        assert self.severity is not None, "a severity was asked for"
        return np.asarray(f0_hz * 2 ** (self.sign * SEMITONES[self.severity] / 12))


class PitchDown(PitchUp):
    """``voice/pitch_down``: the voice is lower by 1 to 6 semitones; its resonances and tempo stay."""

    severities = {number: f"-{semitones:g} semitones" for number, semitones in SEMITONES.items()}  # noqa: RUF012
    sign = -1.0


class FlatIntonation(_Melody):
    """``voice/flat_intonation``: F0 is the median of the clip throughout; words, loudness and timing stay."""

    label_preserving = LabelPreserving.UNKNOWN

    def new_f0(self, f0_hz: Floats, track: F0Track) -> Floats:
        """The median."""
        return np.full_like(f0_hz, track.median_hz)


class Resynthesised(_Melody):
    """``voice/resynthesised``: analysed and put together again without a change: the control of all of these."""

    label_preserving = LabelPreserving.ASSUMED

    def new_f0(self, f0_hz: Floats, track: F0Track) -> Floats:  # noqa: ARG002
        """As it is."""
        return f0_hz


class Faster(SoundCondition):
    """``voice/faster``: a tempo of 1.1 to 2 times; F0 stays."""

    label_preserving = LabelPreserving.UNKNOWN
    source = _PSOLA
    speeds: ClassVar[Mapping[int, float]] = {1: 1.1, 2: 1.25, 3: 1.5, 4: 2.0}
    severities = {number: f"{speed:g} times the tempo" for number, speed in speeds.items()}  # noqa: RUF012

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Shorter or longer."""
        assert self.severity is not None, "a severity was asked for"
        track = f0_track(audio.waveform, audio.sample_rate)
        speed = self.speeds[self.severity]
        waveform = overlap_added(audio.waveform, audio.sample_rate, track, speed=speed)
        return replace(audio, waveform=as_loud_as(audio.waveform, waveform))


class Slower(Faster):
    """``voice/slower``: a tempo of 0.9 to 0.5 times; F0 stays."""

    speeds = {1: 0.9, 2: 0.8, 3: 0.67, 4: 0.5}  # noqa: RUF012 (never changed)
    severities = {number: f"{speed:g} times the tempo" for number, speed in speeds.items()}  # noqa: RUF012


class EvenLoudness(SoundCondition):
    """``voice/even_loudness``: speech is equally loud from beginning to end; pauses stay as quiet as they are."""

    label_preserving = LabelPreserving.UNKNOWN

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Every 50 ms of speech at the same level."""
        return replace(audio, waveform=as_loud_as(audio.waveform, _even(audio)))


class WordsOnly(SoundCondition):
    """``voice/words_only``: words without prosody: F0 constant, loudness even, pauses no longer than 0.15 s.

    What is left of the manner of speaking is the quality of the voice and the tempo of the words.
    """

    label_preserving = LabelPreserving.UNKNOWN
    source = _PSOLA

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Melody, loudness and pauses evened.

        Raises:
            Unscored: there is no voice in the clip (``not_applicable``).
        """
        track = _voiced_track(audio)
        flat = overlap_added(
            audio.waveform, audio.sample_rate, track, new_f0=lambda f0_hz: np.full_like(f0_hz, track.median_hz)
        )
        spoken = pauses_cut(replace(audio, waveform=flat))
        return replace(audio, waveform=as_loud_as(spoken, _even(replace(audio, waveform=spoken))))


def _voiced_track(audio: Audio) -> F0Track:
    track = f0_track(audio.waveform, audio.sample_rate)
    if not np.isfinite(track.median_hz):
        raise Unscored(Reason.NOT_APPLICABLE, "no voice with a fundamental frequency in the clip")
    return track


def _even(audio: Audio) -> Waveform:
    level_db = levels_db(audio)
    floor_db = speech_floor_db(level_db)
    target_db = float(np.median(level_db[level_db >= floor_db]))
    # Under the floor the gain goes back to 0 dB within some decibels, so that what is silent stays so.
    fading_db = np.maximum(0.0, target_db - floor_db - 2 * (floor_db - level_db))
    gain_db = np.where(level_db >= floor_db, target_db - level_db, fading_db)
    return within_scale(audio.waveform * 10.0 ** (gain_db / 20))
