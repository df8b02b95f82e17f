"""How well a pulse was recorded: several indices of one pulse wave, and how many of them accept it.

The indices disagree on the same windows, so none is taken alone for the truth.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.signal import butter, sosfiltfilt

from harness.arrays import Floats
from harness.signals.beats import BANDS_HZ, MIN_WINDOW_S, detect_beats
from harness.signals.hrv import valid_intervals
from harness.signals.media import Channel

ACCEPTED_TEMPLATE_R = 0.86
"""Orphanidou et al. 2015, doi:10.1109/JBHI.2014.2338351, for a pulse wave."""

ACCEPTED_SKEWNESS = 0.0
"""A clean pulse rises faster than it falls and has positive skewness (Elgendi 2016,
doi:10.3390/bioengineering3040021)."""

ACCEPTED_BEATS = 0.8
"""Of the window."""

MIN_BEATS = 3


class PulseQuality(NamedTuple):
    """Of one window; NaN where the channel is too short, too slow or mostly missing.

    Attributes:
        pulse_skewness: of the wave between 0.5 and 8 Hz (Elgendi 2016).
        pulse_template_r: mean correlation of the beats with their mean (Orphanidou et al. 2015); NaN with fewer
            than three.
        pulse_valid_beats: share of the window that valid intervals between beats fill (`harness.signals.hrv`), 0
            to 1.
        pulse_agreement: how many of the three indices accept the window, 0 to 3.
    """

    pulse_skewness: float
    pulse_template_r: float
    pulse_valid_beats: float
    pulse_agreement: float


def pulse_quality(channel: Channel) -> PulseQuality:
    """Measure a pulse wave.

    Args:
        channel: shape (num_frames,), at 20 Hz or more, NaN where missing.
    """
    values = channel.values
    present = np.isfinite(values)
    too_short = len(values) < MIN_WINDOW_S * channel.rate_hz
    if (
        too_short
        or channel.rate_hz < 2.5 * BANDS_HZ["ppg"][1]
        or present.mean() < 0.5
        or not np.ptp(values[present])
    ):
        return PulseQuality(*[float("nan")] * 4)
    frames = np.arange(len(values))
    sections = butter(2, BANDS_HZ["ppg"], "bandpass", fs=channel.rate_hz, output="sos")
    wave = sosfiltfilt(sections, np.interp(frames, frames[present], values[present]))
    beats = detect_beats(channel)
    intervals_ms = beats.interval_ms
    skewness = float(np.mean((wave - wave.mean()) ** 3) / wave.std() ** 3)
    template_r = _template_r(
        wave, (beats.time_s - channel.start_s) * channel.rate_hz, intervals_ms, channel.rate_hz
    )
    valid = min(1.0, float(intervals_ms[valid_intervals(beats)].sum() / 1000.0 / (len(values) / channel.rate_hz)))
    accepted = (
        skewness > ACCEPTED_SKEWNESS,
        template_r >= ACCEPTED_TEMPLATE_R,
        valid >= ACCEPTED_BEATS,
    )
    return PulseQuality(skewness, template_r, valid, float(sum(accepted)))


def _template_r(wave: Floats, beat: Floats, intervals_ms: Floats, rate_hz: float) -> float:
    """Beats are cut out around their peaks, as long as the median interval."""
    if len(beat) < MIN_BEATS:
        return float("nan")
    half = round(float(np.median(intervals_ms)) / 2000.0 * rate_hz)
    centre = np.round(beat).astype(np.int64)
    centre = centre[(centre >= half) & (centre + half < len(wave))]
    if half < 1 or len(centre) < MIN_BEATS:
        return float("nan")
    pieces = wave[centre[:, None] + np.arange(-half, half + 1)]
    template = pieces.mean(axis=0)
    return float(np.mean([np.corrcoef(piece, template)[0, 1] for piece in pieces]))
