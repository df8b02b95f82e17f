"""Where somebody speaks in a clip, by the level: as far as pauses are cut, inserted and left alone."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from harness.arrays import Floats
from harness.conditions.levels import Waveform
from harness.signals.media import Audio

WINDOW_S = 0.05
RANGE_DB = 30.0
LOUD_SHARE = 0.95
"""Speech is at most `RANGE_DB` under this quantile of the levels, as in `harness.signals.speech_timing`."""

MIN_PAUSE_S = 0.15
_FLOOR = 1e-10


def levels_db(audio: Audio) -> Floats:
    """The level of the 50 ms around every sample, in dB."""
    power = ndimage.uniform_filter1d(
        np.square(audio.waveform, dtype=np.float64), max(1, _samples(audio, WINDOW_S))
    )
    return np.asarray(10 * np.log10(np.maximum(power, _FLOOR)))


def speech_floor_db(level_db: Floats) -> float:
    """The level above which there is speech."""
    return float(np.quantile(level_db, LOUD_SHARE) - RANGE_DB)


def pauses(audio: Audio) -> list[tuple[int, int]]:
    """Beginning and end, in samples, of every silence of at least 0.15 s between the first and the last speech."""
    level_db = levels_db(audio)
    spoken = np.flatnonzero(level_db >= speech_floor_db(level_db))
    gaps = np.flatnonzero(np.diff(spoken) > _samples(audio, MIN_PAUSE_S))
    return [(int(spoken[gap]) + 1, int(spoken[gap + 1])) for gap in gaps]


def pauses_cut(audio: Audio) -> Waveform:
    """The clip from the first to the last speech, every pause no longer than 0.15 s: the middle is taken out."""
    level_db = levels_db(audio)
    spoken = np.flatnonzero(level_db >= speech_floor_db(level_db))
    kept = np.zeros(len(audio.waveform), bool)
    kept[spoken[0] : spoken[-1] + 1] = True
    half = _samples(audio, MIN_PAUSE_S) // 2
    for start, end in pauses(audio):
        kept[start + half : end - half] = False
    return audio.waveform[kept]


def _samples(audio: Audio, seconds: float) -> int:
    return round(seconds * audio.sample_rate)
