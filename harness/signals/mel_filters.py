"""Filters that sum a spectrum into bands of the mel scale.

Shapes: K frequency bins, M bands.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats

LINEAR_TO_HZ = 1_000.0
HZ_PER_MEL = 200 / 3
MELS_PER_FACTOR = 27 / np.log(6.4)
"""Above 1 kHz, 27 mels are a factor of 6.4 in frequency."""


def mel_filters(num_bins: int, num_bands: int, sample_rate: int) -> Floats:
    """Triangles of equal area from 0 Hz to half of the sample rate, ``[K, M]``, as librosa has them by default.

    Slaney 1998, Auditory Toolbox: bands of equal width up to 1 kHz, and in proportion to their frequency above.

    Args:
        num_bins: K, from 0 Hz to half of the sample rate.
        num_bands: M.
        sample_rate: in Hz.
    """
    hz_K1 = np.linspace(0.0, sample_rate / 2, num_bins)[:, None]
    edge_E = _hz(np.linspace(0.0, _mel(sample_rate / 2), num_bands + 2))
    low_M, peak_M, high_M = edge_E[:-2], edge_E[1:-1], edge_E[2:]
    rising_KM, falling_KM = (hz_K1 - low_M) / (peak_M - low_M), (high_M - hz_K1) / (high_M - peak_M)
    filters_KM: Floats = np.maximum(np.minimum(rising_KM, falling_KM), 0.0) * (2 / (high_M - low_M))
    return filters_KM


def _mel(hz: float) -> float:
    linear = min(hz, LINEAR_TO_HZ) / HZ_PER_MEL
    return float(linear + MELS_PER_FACTOR * np.log(max(hz, LINEAR_TO_HZ) / LINEAR_TO_HZ))


def _hz(mel: Floats) -> Floats:
    beyond = np.maximum(mel - LINEAR_TO_HZ / HZ_PER_MEL, 0.0)
    linear = np.minimum(mel * HZ_PER_MEL, LINEAR_TO_HZ)
    hz: Floats = linear * np.exp(beyond / MELS_PER_FACTOR)
    return hz
