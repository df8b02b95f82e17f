"""Pieces of the user's recordings, for noises and rooms."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from harness.arrays import Floats
from harness.conditions.given_files import GivenFiles, NeededFiles
from harness.errors import Reason, Unscored
from harness.signals import audio
from harness.signals.media import Audio
from harness.signals.media_folder import SOUND_SUFFIXES
from harness.signals.resampling import resampled

MAX_EVENT_S = 10.0
"""A longer recording is not one cough."""

_ATTEMPTS = 20


def needed_sounds(what: str) -> NeededFiles:
    """Files of sound that can be opened; what is in them is only heard when they are used."""
    return NeededFiles(what, SOUND_SUFFIXES, audio.duration_s)


def needed_short_sounds(what: str) -> NeededFiles:
    """Files of sound of `MAX_EVENT_S` at most that can be read from beginning to end."""
    return NeededFiles(what, SOUND_SUFFIXES, _short)


def _short(path: Path) -> Audio:
    return audio.decode(path, max_duration_s=MAX_EVENT_S)


def sound_piece(given: GivenFiles, rng: np.random.Generator, num_samples: int, rate_hz: int) -> Floats:
    """A piece of a random recording from a random place, repeated where the recording is shorter.

    Args:
        given: the recordings.
        rng: of the sample.
        num_samples: of the piece.
        rate_hz: of the piece.

    Raises:
        HarnessError: a recording was changed since it was hashed.
        Unscored: twenty recordings in turn are silent there or cannot be read (``not_applicable``).
    """
    wanted_s = max(num_samples / rate_hz, audio.MIN_DURATION_S)
    for _ in range(_ATTEMPTS):
        path = given.path(int(rng.integers(len(given.names))))
        place = rng.random()
        try:
            spare_s = audio.duration_s(path) - wanted_s
            if spare_s > 0:
                read = audio.decode(path, place * spare_s, place * spare_s + wanted_s)
            else:
                read = audio.decode(path)
        except Unscored:
            continue
        waveform = resampled(read.waveform, read.sample_rate, rate_hz)
        if spare_s <= 0:
            waveform = np.roll(waveform, -int(place * len(waveform)))
        return np.resize(waveform, num_samples).astype(np.float64)
    raise Unscored(Reason.NOT_APPLICABLE, f"no sound in {_ATTEMPTS} recordings that were drawn")


def whole_sound(given: GivenFiles, rng: np.random.Generator, rate_hz: int) -> Floats:
    """A random recording from beginning to end.

    Raises:
        HarnessError: it was changed since it was hashed.
    """
    read = _short(given.path(int(rng.integers(len(given.names)))))
    return resampled(read.waveform, read.sample_rate, rate_hz).astype(np.float64)
