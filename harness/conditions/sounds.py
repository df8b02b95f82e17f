"""Conditions of sound: a recording, or what is heard in a film."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import numpy as np

from harness.cards.modality import Modality
from harness.conditions.condition import Condition, LabelPreserving
from harness.conditions.levels import at_line_level
from harness.signals.media import Audio, Media, Video


class SoundCondition(Condition):
    """A change to the waveform."""

    modalities = frozenset({Modality.VOICE, Modality.AUDIOVISUAL, Modality.VIDEO})

    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        """The sound changed, pictures as they are; a film without sound stays as it is."""
        if isinstance(media, Video):
            return media if media.audio is None else replace(media, audio=self.changed(media.audio, rng))
        assert isinstance(media, Audio), "the study looks at the modalities before it begins"
        return self.changed(media, rng)

    @abstractmethod
    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """A waveform in [-1, 1] → one at the same rate; of another length only where that is the change."""


GAIN_DB = {1: -6.0, 2: -12.0, 3: -18.0, 4: -24.0, 5: -30.0}
"""Severity → gain in decibels: each step halves the amplitude, as doubling the distance to the microphone
would."""


class Gain(SoundCondition):
    """``voice/gain@1`` … ``voice/gain@5``: a quieter recording, by 6 to 30 dB. Nothing is clipped or added."""

    label_preserving = LabelPreserving.ASSUMED
    severities = {number: f"{gain_db:g} dB" for number, gain_db in GAIN_DB.items()}  # noqa: RUF012 (never changed)

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """The waveform times 10^(gain / 20)."""
        assert self.severity is not None, "a severity was asked for"
        factor = np.float32(10.0 ** (GAIN_DB[self.severity] / 20.0))
        return replace(audio, waveform=audio.waveform * factor)


class SameLevel(SoundCondition):
    """``voice/same_level``: every recording equally loud, at the level of calls: 26 dB under full scale."""

    label_preserving = LabelPreserving.UNKNOWN
    source = "ITU-T P.830 (level)"

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """The waveform times one number; silence stays as it is."""
        return replace(audio, waveform=at_line_level(audio.waveform))


OVER_DB = {1: 6.0, 2: 12.0, 3: 18.0}
"""Severity → how far the peak of the speech would be over full scale."""


class Overdriven(SoundCondition):
    """``voice/overdriven``: too loud for the recorder, cut off at full scale."""

    label_preserving = LabelPreserving.ASSUMED
    severities = {number: f"peaks {over_db:g} dB over full scale" for number, over_db in OVER_DB.items()}  # noqa: RUF012

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Amplified and cut off; silence stays as it is."""
        assert self.severity is not None, "a severity was asked for"
        peak = float(np.abs(audio.waveform).max())
        if peak == 0.0:
            return audio
        factor = np.float32(10.0 ** (OVER_DB[self.severity] / 20.0) / peak)
        return replace(audio, waveform=np.clip(audio.waveform * factor, -1.0, 1.0))
