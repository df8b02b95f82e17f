"""Detects heartbeats in a pulse wave (PPG) or an ECG, for devices that deliver no beats.

A band-pass filter and `scipy.signal.find_peaks`, then a parabola through each peak: whole frames at 64 Hz would
add 11 ms of noise to RMSSD. It is meant for recordings at rest. Movement in the frequency band of the pulse
(steps: 1.5 to 3 Hz) causes false and missed beats: published detectors fall from an F1 of 0.9 at rest to 0.55 to
0.91 during exercise (Charlton et al. 2022, Physiological Measurement 43:085007), and this simple one is no better.
Intervals from a pulse wave differ from those of the ECG, because the time that the pulse takes to reach the wrist
varies.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.ndimage import maximum_filter1d, percentile_filter, uniform_filter1d
from scipy.signal import butter, find_peaks, sosfiltfilt

from harness.arrays import Bools, Floats, Indices
from harness.signals.media import Beats, Channel

BANDS_HZ = {"ppg": (0.5, 8.0), "ecg": (8.0, 20.0)}
"""PPG: Elgendi et al. 2013, PLoS ONE 8:e76585. ECG (the QRS complex): Elgendi 2013, PLoS ONE 8:e73557."""
MIN_DISTANCE_S = 0.33
"""180 beats per minute at most."""
MIN_WINDOW_S = 3.0
"""A shorter recording cannot be filtered from 0.5 Hz."""
PROMINENCE = 0.4
"""A beat rises by at least this share of the amplitude: more than a dicrotic wave does, less than a weak beat."""
LOCAL_S = 1.5
"""The amplitude is taken over this time, which contains a beat at any heart rate above 40 beats per minute."""
USUAL_S, USUAL_PERCENTILE = 10.0, 30
"""The usual amplitude is this percentile of the surrounding amplitudes. A jerk of the arm is many times as high as
the pulse; measured against the jerk's amplitude, the beats next to it would be missed."""
QUIET_SPAN = 0.3
"""Where the local amplitude is under this share of its median there is no pulse, and noise is not beats."""


def detect_beats(channel: Channel, kind: Literal["ppg", "ecg"] = "ppg") -> Beats:
    """The beats of one window.

    A beat is reported with the interval that it ends, and only if no frame is missing in that interval: missing
    data show as a gap. The first beat ends no interval and is left out.

    Args:
        channel: a pulse wave or an ECG, shape (num_frames,), at 25 Hz or more (ECG: 50 Hz), NaN where missing.
        kind: which of the two.

    Returns:
        Beat times in seconds from the start of the window and the intervals that they end; empty if the
        recording is too short, too slow or mostly missing.
    """
    values = channel.values
    present = np.isfinite(values)
    too_slow = channel.rate_hz < 2.5 * BANDS_HZ[kind][1]
    too_short = len(values) < MIN_WINDOW_S * channel.rate_hz
    if too_slow or too_short or present.mean() < 0.5 or np.ptp(values[present]) == 0.0:
        return Beats(np.empty(0), np.empty(0))
    energy = _emphasise(_filled(values, present), channel.rate_hz, kind)
    peaks = _peaks(energy, channel.rate_hz)
    time_s = channel.start_s + (peaks + _offset(energy, peaks)) / channel.rate_hz
    return _intervals(time_s, peaks, ~present, channel.rate_hz)


def _filled(values: Floats, present: Bools) -> Floats:
    frames = np.arange(len(values))
    return np.interp(frames, frames[present], values[present])


def _emphasise(values: Floats, rate_hz: float, kind: Literal["ppg", "ecg"]) -> Floats:
    """The wave whose maxima are the beats."""
    sections = butter(2, BANDS_HZ[kind], "bandpass", fs=rate_hz, output="sos")
    filtered: Floats = sosfiltfilt(sections, values)
    if kind == "ppg":
        return filtered
    smooth: Floats = uniform_filter1d(np.abs(filtered), max(1, round(0.1 * rate_hz)))
    return smooth


def _peaks(wave: Floats, rate_hz: float) -> Indices:
    """Maxima that stand out by a share of the amplitude around them."""
    distance = max(1, round(MIN_DISTANCE_S * rate_hz))
    peaks, properties = find_peaks(wave, distance=distance, prominence=0.0)
    kept: Indices = peaks[properties["prominences"] >= PROMINENCE * _amplitude(wave, rate_hz)[peaks]]
    return kept


def _amplitude(wave: Floats, rate_hz: float) -> Floats:
    """The smaller of the local and the usual amplitude around each frame, from trough to peak."""
    size, usual_size = (max(1, round(seconds * rate_hz)) for seconds in (LOCAL_S, USUAL_S))
    local = maximum_filter1d(wave, size) + maximum_filter1d(-wave, size)
    usual = percentile_filter(local, USUAL_PERCENTILE, usual_size, mode="nearest")
    amplitude: Floats = np.maximum(np.minimum(local, usual), QUIET_SPAN * np.median(local))
    return amplitude


def _offset(wave: Floats, peaks: Indices) -> Floats:
    """Where the top of the parabola through a peak and its neighbours lies, in frames, within ±0.5."""
    before, top, after = wave[peaks - 1], wave[peaks], wave[peaks + 1]
    bend = before - 2 * top + after
    offset: Floats = np.zeros(len(peaks))
    np.divide(before - after, 2 * bend, out=offset, where=bend < 0)
    return np.clip(offset, -0.5, 0.5)


def _intervals(time_s: Floats, peaks: Indices, missing: Bools, rate_hz: float) -> Beats:
    """The intervals between neighbouring peaks, except those with missing frames inside or within 0.25 s."""
    unsure = maximum_filter1d(missing, 2 * round(0.25 * rate_hz) + 1)
    num_unsure = np.concatenate([[0], np.cumsum(unsure)])
    sure = num_unsure[peaks[1:] + 1] == num_unsure[peaks[:-1]]
    return Beats(time_s[1:][sure], (np.diff(time_s) * 1000.0)[sure])
