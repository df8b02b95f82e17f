"""Electrodermal activity: its level, its drift, and the skin-conductance responses.

Responses are scored trough to peak, the classical method (Boucsein 2012, Electrodermal Activity, 2nd ed.): the
signal is smoothed, and each uninterrupted rise is a response if it is high and long enough. This needs no estimate
of the tonic component, so a response near the edge of a window counts like any other. Overlapping responses are
split at the trough between them, which underestimates the amplitude of the second. Smoothing over 1 s lowers a
response that rises in 2 s by less than a tenth.

Shapes: W windows, T frames.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter1d

from harness.arrays import Floats
from harness.signals.nan_statistics import nan_mean, nan_sd, nan_slope, ratio_if_positive

SMOOTHING_S = 1.0
MIN_AMPLITUDE_US = 0.02
"""Within the usual range of 0.01 to 0.05 µS (Society for Psychophysiological Research 2012,
Psychophysiology 49:1017-1034)."""
MIN_RISE_S = 0.5
"""Shorter rises are noise: a response rises for 1 to 3 s (same source)."""


class Electrodermal(NamedTuple):
    """One value per window, shape (W,); NaN where the window has no signal.

    Attributes:
        level: mean skin conductance, µS.
        slope: its drift, µS per minute.
        sd: its standard deviation, µS.
        responses_per_minute: rate of skin-conductance responses, over the time that was measured.
        response_amplitude: their mean amplitude, µS; 0 where there is none.
    """

    level: Floats
    slope: Floats
    sd: Floats
    responses_per_minute: Floats
    response_amplitude: Floats


def electrodermal(eda_WT: Floats, rate_hz: float) -> Electrodermal:
    """Measure skin conductance in µS, shape (W, T), NaN where it is missing."""
    rises_WT = _rises(_smooth(eda_WT, rate_hz))
    num_responses, amplitude_sum = _responses(rises_WT, min_frames=max(1, math.ceil(MIN_RISE_S * rate_hz)))
    minutes = np.isfinite(eda_WT).sum(axis=1) / (60.0 * rate_hz)
    measured = minutes > 0
    return Electrodermal(
        level=nan_mean(eda_WT),
        slope=nan_slope(eda_WT, rate_hz),
        sd=nan_sd(eda_WT),
        responses_per_minute=ratio_if_positive(num_responses, minutes),
        response_amplitude=np.where(measured, amplitude_sum / np.maximum(num_responses, 1), np.nan),
    )


def _smooth(values_WT: Floats, rate_hz: float) -> Floats:
    """A centred moving average; near an edge or a gap, over the frames that exist."""
    present = np.isfinite(values_WT)
    size = max(1, round(SMOOTHING_S * rate_hz))
    total = uniform_filter1d(np.where(present, values_WT, 0.0), size, axis=1, mode="constant")
    share = uniform_filter1d(present.astype(np.float64), size, axis=1, mode="constant")
    return np.where(present, ratio_if_positive(total, share), np.nan)


def _rises(smooth_WT: Floats) -> Floats:
    """The rise that ends with each frame, 0 where the signal falls or is missing; column 0 is always 0."""
    rises = np.zeros(smooth_WT.shape)
    rises[:, 1:] = np.diff(smooth_WT, axis=1)
    return np.where(rises > 0.0, rises, 0.0)


def _responses(rises_WT: Floats, min_frames: int) -> tuple[Floats, Floats]:
    """Count the uninterrupted rises that are responses, and sum their amplitudes, per window."""
    flat = rises_WT.ravel()  # column 0 is 0, so no rise runs from one window into the next
    rising = flat > 0.0
    starts = np.flatnonzero(rising & ~np.concatenate([[False], rising[:-1]]))
    if len(starts) == 0:
        return np.zeros(len(rises_WT)), np.zeros(len(rises_WT))
    amplitude = np.add.reduceat(flat, starts)  # between two rises all values are 0
    length = np.add.reduceat(rising.astype(np.int64), starts)
    window = starts // rises_WT.shape[1]
    response = (amplitude >= MIN_AMPLITUDE_US) & (length >= min_frames)
    count = np.bincount(window[response], minlength=len(rises_WT))
    total = np.bincount(window[response], weights=amplitude[response], minlength=len(rises_WT))
    return count.astype(np.float64), total.astype(np.float64)
