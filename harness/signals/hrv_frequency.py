"""Heart-rate variability in the frequency domain: computed only on request.

Libraries disagree on LF/HF: for the same series their defaults give values on both sides of 1. A value is only
meaningful together with its settings, so these are one frozen object that is recorded in the plan. Windows of a
minute resolve HF; LF (periods of up to 25 s) needs two minutes or more (Task Force 1996, Circulation
93:1043-1065).

Shapes: W windows, T grid points, F frequencies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from scipy.signal import periodogram

from harness.arrays import Floats
from harness.signals.hrv import IntervalRules, valid_intervals
from harness.signals.media import Beats
from harness.signals.nan_statistics import ratio_if_positive

MIN_BEATS = 8


@dataclass(frozen=True)
class FrequencySettings:
    """Everything that determines a band power.

    Attributes:
        interpolation_hz: intervals are interpolated linearly onto an even grid of this rate, which costs a tenth
            of the power at 0.25 Hz with two beats a second.
        window: taper of the periodogram over the whole window (one segment, no averaging).
        detrend: the trend that is removed first.
        lf_hz: the low-frequency band, including its lower and excluding its upper edge.
        hf_hz: the high-frequency band.
        integration: a band's power is the sum of its periodogram ordinates times their spacing.
        min_coverage: a window is not measured if valid intervals cover less of it: interpolation across gaps would
            add spurious power at low frequencies.
    """

    interpolation_hz: float = 4.0
    window: str = "hann"
    detrend: str = "linear"
    lf_hz: tuple[float, float] = (0.04, 0.15)
    hf_hz: tuple[float, float] = (0.15, 0.4)
    integration: Literal["rectangle"] = "rectangle"
    min_coverage: float = 0.8


class FrequencyDomain(NamedTuple):
    """One value per window, shape (W,); NaN where too little of the window is covered.

    Attributes:
        lf: power in the low-frequency band, ms².
        hf: power in the high-frequency band, ms².
        lf_hf: their ratio; NaN where hf is zero.
    """

    lf: Floats
    hf: Floats
    lf_hf: Floats


def frequency_domain(
    beats: Beats,
    start_s: Floats,
    end_s: Floats,
    coverage: Floats,
    settings: FrequencySettings | None = None,
    rules: IntervalRules | None = None,
) -> FrequencyDomain:
    """Measure the windows ``[start_s, end_s)``, all windows of one length at once.

    Args:
        beats: times in seconds, rising; intervals in ms.
        start_s: the windows' starts, shape (W,).
        end_s: their ends, shape (W,).
        coverage: how much of each window valid intervals cover: `harness.signals.hrv.TimeDomain.coverage`.
        settings: what determines the powers; None for the defaults.
        rules: what counts as a valid interval; None for the defaults.
    """
    settings = settings or FrequencySettings()
    valid = valid_intervals(beats, rules)
    time_s, interval_ms = beats.time_s[valid], beats.interval_ms[valid]
    first = np.searchsorted(time_s, start_s, side="left")
    stop = np.searchsorted(time_s, end_s, side="left")
    measured = (coverage >= settings.min_coverage) & (stop - first >= MIN_BEATS)
    duration_s = np.round(end_s - start_s, 6)
    powers = np.full((2, len(start_s)), np.nan)
    for length in np.unique(duration_s[measured]):
        rows = np.flatnonzero(measured & (duration_s == length))
        grid_WT = start_s[rows, None] + np.arange(0.0, length, 1.0 / settings.interpolation_hz)
        # Before the first and after the last beat the value is held, so that no beat outside the window is used.
        inside = np.clip(grid_WT, time_s[first[rows], None], time_s[stop[rows] - 1, None])
        powers[:, rows] = _band_powers(np.interp(inside, time_s, interval_ms), settings)
    lf, hf = powers
    return FrequencyDomain(lf=lf, hf=hf, lf_hf=ratio_if_positive(lf, hf))


def _band_powers(interval_ms_WT: Floats, settings: FrequencySettings) -> Floats:
    """Power in LF and HF, shape (2, W)."""
    frequencies, density_WF = periodogram(
        interval_ms_WT, settings.interpolation_hz, settings.window, detrend=settings.detrend, axis=1
    )
    spacing = frequencies[1]
    bands = (settings.lf_hz, settings.hf_hz)
    masks = [(frequencies >= low) & (frequencies < high) for low, high in bands]
    return np.stack([density_WF[:, mask].sum(axis=1) * spacing for mask in masks])
