"""How well a sound was recorded: noise, level, clipping and bandwidth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.signal import welch

from harness.arrays import Bools, Floats
from harness.signals.frame_snr import frame_snr_db
from harness.signals.loudness import loudness_lufs
from harness.signals.media import Audio

CLIPPED_RUN = 3
"""So many samples in a row at the highest or lowest value are clipped; a peak has one or two there."""

SAME_LEVEL = 2.0**-16
"""Half a step of a 16-bit file."""

WITHIN_DB = 50.0
"""A recording reaches as high as its spectrum is within this of its peak. A telephone's filters take more away."""

WINDOW = 512


class SoundQuality(NamedTuple):
    """Of one recording; NaN where it is too short or silent.

    Attributes:
        snr_db: ratio of speech to noise, estimated (`harness.signals.frame_snr`).
        loudness_lufs: integrated loudness (`harness.signals.loudness`).
        clipped_share: share of the samples that are clipped; 0 where a codec has rounded clipped peaks.
        bandwidth_hz: up to which frequency there is sound: where the mean spectrum is within 50 dB of its peak.
    """

    snr_db: float
    loudness_lufs: float
    clipped_share: float
    bandwidth_hz: float


def sound_quality(audio: Audio) -> SoundQuality:
    """Measure a recording."""
    waveform = audio.waveform.astype(np.float64)
    return SoundQuality(
        frame_snr_db(waveform, audio.sample_rate),
        loudness_lufs(waveform, audio.sample_rate),
        _clipped_share(waveform),
        _bandwidth_hz(waveform, audio.sample_rate),
    )


def _clipped_share(waveform: Floats) -> float:
    if not len(waveform) or not np.ptp(waveform):
        return float("nan")
    highest = _in_runs(waveform >= waveform.max() - SAME_LEVEL)
    lowest = _in_runs(waveform <= waveform.min() + SAME_LEVEL)
    return (highest + lowest) / len(waveform)


def _in_runs(is_extreme: Bools) -> int:
    """How many samples are in runs of at least `CLIPPED_RUN`."""
    edges = np.flatnonzero(np.diff(is_extreme.astype(np.int8), prepend=0, append=0))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= CLIPPED_RUN].sum())


def _bandwidth_hz(waveform: Floats, sample_rate: int) -> float:
    if len(waveform) < WINDOW or not np.ptp(waveform):
        return float("nan")
    frequency_hz, power = welch(waveform, sample_rate, nperseg=WINDOW)
    return float(frequency_hz[np.flatnonzero(power >= power.max() * 10.0 ** (-WITHIN_DB / 10.0))[-1]])
