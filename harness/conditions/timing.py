"""Conditions of time: pauses, silence, and pieces that are not heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from harness.conditions.condition import LabelPreserving
from harness.conditions.sounds import SoundCondition
from harness.conditions.speech_activity import levels_db, pauses_cut, speech_floor_db
from harness.errors import Reason, Unscored
from harness.signals.media import Audio

CHUNK_S = 0.1

MASKED_SHARES = {1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4, 5: 0.5}


class ChunkMasking(SoundCondition):
    """``voice/chunk_masking``: pieces of 0.1 s are silent, in all a tenth to half of the clip."""

    label_preserving = LabelPreserving.ASSUMED
    severities = {  # noqa: RUF012 (never changed)
        number: f"{share:.0%} of the clip, in pieces of 0.1 s" for number, share in MASKED_SHARES.items()
    }

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """What is silent at one severity is silent at every higher one."""
        assert self.severity is not None, "a severity was asked for"
        size = max(1, round(CHUNK_S * audio.sample_rate))
        order = rng.permutation(-(-len(audio.waveform) // size))
        masked = np.isin(
            np.arange(len(audio.waveform)) // size, order[: round(MASKED_SHARES[self.severity] * len(order))]
        )
        return replace(audio, waveform=np.where(masked, np.float32(0), audio.waveform))


SILENCE_S = {1: 0.5, 2: 1.0, 3: 2.0, 4: 4.0}


class SilenceAround(SoundCondition):
    """``voice/silence_around``: as much digital silence before the clip as behind it, 0.5 to 4 s each."""

    label_preserving = LabelPreserving.ASSUMED
    severities = {number: f"{seconds:g} s at each end" for number, seconds in SILENCE_S.items()}  # noqa: RUF012

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Zeros, the clip, zeros."""
        assert self.severity is not None, "a severity was asked for"
        return replace(audio, waveform=np.pad(audio.waveform, round(SILENCE_S[self.severity] * audio.sample_rate)))


PAUSE_S = {1: 0.25, 2: 0.5, 3: 1.0}

NUM_PAUSES = 2
_APART_S = 0.2
_FADE_S = 0.005


class PausesInserted(SoundCondition):
    """``voice/pauses_inserted``: two pauses, where the clip is quietest between its words."""

    label_preserving = LabelPreserving.UNKNOWN
    severities = {number: f"{NUM_PAUSES} pauses of {seconds:g} s" for number, seconds in PAUSE_S.items()}  # noqa: RUF012

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Longer by the pauses, which are silent, with 5 ms of fade on both sides.

        Raises:
            Unscored: the clip is too short for them (``not_applicable``).
        """
        assert self.severity is not None, "a severity was asked for"
        pause = np.zeros(round(PAUSE_S[self.severity] * audio.sample_rate), np.float32)
        fade = np.linspace(0, 1, max(2, round(_FADE_S * audio.sample_rate)), dtype=np.float32)
        parts = []
        for part in np.split(audio.waveform.copy(), _quiet_moments(audio)):
            part[: len(fade)] *= fade
            part[len(part) - len(fade) :] *= fade[::-1]
            parts += [part, pause]
        return replace(audio, waveform=np.concatenate(parts[:-1]))


def _quiet_moments(audio: Audio) -> list[int]:
    """The quietest samples within the speech, at least 0.2 s from one another and from its ends."""
    level_db = levels_db(audio)
    spoken = np.flatnonzero(level_db >= speech_floor_db(level_db))
    apart = round(_APART_S * audio.sample_rate)
    free = np.full(len(level_db), np.inf)
    free[spoken[0] + apart : max(0, spoken[-1] - apart)] = 0.0
    found: list[int] = []
    while len(found) < NUM_PAUSES and not np.isinf(free).all():
        found.append(int(np.argmin(level_db + free)))
        free[max(0, found[-1] - apart) : found[-1] + apart] = np.inf
    if len(found) < NUM_PAUSES:
        raise Unscored(Reason.NOT_APPLICABLE, f"the speech is too short for {NUM_PAUSES} pauses")
    return sorted(found)


FIRST_S = {1: 10.0, 2: 5.0, 3: 2.0}


class Beginning(SoundCondition):
    """``voice/beginning``: only the first 10, 5 or 2 s, as a system hears them that answers during a call."""

    label_preserving = LabelPreserving.UNKNOWN
    severities = {number: f"the first {seconds:g} s" for number, seconds in FIRST_S.items()}  # noqa: RUF012

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """What is heard until then.

        Raises:
            Unscored: the clip is not longer (``not_applicable``).
        """
        assert self.severity is not None, "a severity was asked for"
        seconds = FIRST_S[self.severity]
        heard = round(seconds * audio.sample_rate)
        if len(audio.waveform) <= heard:
            raise Unscored(Reason.NOT_APPLICABLE, f"the clip is not longer than {seconds:g} s")
        return replace(audio, waveform=audio.waveform[:heard].copy())


class PausesRemoved(SoundCondition):
    """``voice/pauses_removed``: from the first to the last word, no pause longer than 0.15 s."""

    label_preserving = LabelPreserving.UNKNOWN
    severities: ClassVar[Mapping[int, str]] = {}

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Shorter by what is silent."""
        return replace(audio, waveform=pauses_cut(audio))
