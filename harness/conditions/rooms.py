"""Conditions of the place where somebody speaks: simulated rooms, and measured ones of the user."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar

import numpy as np
from scipy import signal

from harness.arrays import Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import as_loud_as
from harness.conditions.room_acoustics import Room, impulse_response
from harness.conditions.sound_pieces import needed_short_sounds, whole_sound
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio

ROOMS = {
    1: Room((4.0, 3.0, 2.5), 0.3, 6.0),
    2: Room((5.0, 4.0, 2.7), 0.5, 3.0),
    3: Room((7.0, 5.0, 3.0), 0.7, 0.0),
    4: Room((9.0, 7.0, 3.5), 1.0, -3.0),
    5: Room((12.0, 9.0, 4.5), 1.5, -6.0),
}
"""From a furnished room to a hall."""

NUM_PLACES = 4
"""Of speaker and microphone in each room; a sample has one of them."""


class SimulatedRoom(SoundCondition):
    """``voice/room``: speech in a room, at the level that the clip had; what echoes after its end is left out."""

    label_preserving = LabelPreserving.ASSUMED
    severities = {number: str(room) for number, room in ROOMS.items()}  # noqa: RUF012 (never changed)
    source = "image-source method: Allen & Berkley 1979, doi:10.1121/1.382599"

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """In one of the places of the room."""
        assert self.severity is not None, "a severity was asked for"
        response = _placed(self.severity, int(rng.integers(NUM_PLACES)), audio.sample_rate)
        return _heard_through(audio, response)


class ImpulseResponse(SoundCondition):
    """``voice/impulse_response``: speech in one of the rooms, or through one of the devices, that you measured."""

    label_preserving = LabelPreserving.ASSUMED
    severities: ClassVar[Mapping[int, str]] = {}
    files = needed_short_sounds("impulse responses")
    source = "audEERING ser-tests, Simulated Recording Condition (arXiv:2312.06270), which takes MARDY and AIR"

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """Not delayed: the largest sample of the response is the direct sound."""
        assert self.given is not None, "files were asked for"
        response = whole_sound(self.given, rng, audio.sample_rate)
        return _heard_through(audio, response[int(np.argmax(np.abs(response))) :])


@lru_cache(maxsize=2 * NUM_PLACES * len(ROOMS))
def _placed(severity: int, place: int, rate_hz: int) -> Floats:
    return impulse_response(ROOMS[severity], np.random.default_rng(place), rate_hz)


def _heard_through(audio: Audio, response: Floats) -> Audio:
    heard = signal.oaconvolve(audio.waveform.astype(np.float64), response)[: len(audio.waveform)]
    return replace(audio, waveform=as_loud_as(audio.waveform, heard))
