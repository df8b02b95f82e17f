"""Power and differential entropy of the bands of an EEG.

Segments of one second, without overlap, each with a Hann window and its mean removed. *Power* is the logarithm of
the mean power of the segments (Welch 1967). *Differential entropy* is the mean of the segments' entropies
``ln(2 π e σ²) / 2`` of a normal distribution with the variance of the band (Shi, Jiao and Lu 2013, EMBC, eq. 2;
Duan, Zhu and Lu 2013, NER). Of a single segment one is the other but for scale and offset; over many, the entropy
weighs a short burst less.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from harness.arrays import Floats

BANDS: Mapping[str, tuple[float, float]] = {
    "delta": (1.0, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 14.0), "beta": (14.0, 31.0), "gamma": (31.0, 51.0),
}  # fmt: skip
"""From (inclusive) and to (exclusive), in Hz: whole frequencies, as in Zheng and Lu 2015 (IEEE TAMD 7:162-175)."""

SEGMENT_S = 1.0
MIN_SEGMENTS = 2
"""With fewer segments that hold every frame, a channel has no features."""


class BandFeatures(NamedTuple):
    """Of each band in order, shape (num_bands,); NaN where the rate is too low for it or too few segments hold.

    Attributes:
        power: the logarithm to base 10 of the mean power, in the channel's unit squared.
        entropy: the mean differential entropy, in nats.
    """

    power: Floats
    entropy: Floats


def band_features(values: Floats, rate_hz: float) -> BandFeatures:
    """Describe one channel.

    Args:
        values: the signal, shape (num_frames,), NaN where it is missing.
        rate_hz: frames per second.
    """
    length = round(SEGMENT_S * rate_hz)
    missing = np.full(len(BANDS), np.nan)
    num_segments = len(values) // length if length >= 2 else 0
    segments_SF = values[: num_segments * length].reshape(num_segments, max(length, 1))
    segments_SF = segments_SF[np.isfinite(segments_SF).all(axis=1)]
    if len(segments_SF) < max(MIN_SEGMENTS, num_segments / 2):
        return BandFeatures(missing, missing)
    window_F = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length)
    centred_SF = segments_SF - segments_SF.mean(axis=1, keepdims=True)
    spectrum_SK = np.abs(np.fft.rfft(centred_SF * window_F, axis=1)) ** 2
    frequency_K = np.fft.rfftfreq(length, 1.0 / rate_hz)
    # One-sided: every frequency stands for its negative as well, except half the rate, which no band reaches.
    variance_SK = 2.0 * spectrum_SK / (length * np.square(window_F).sum())
    powers_BS = np.stack(
        [variance_SK[:, (frequency_K >= low) & (frequency_K < high)].sum(axis=1) for low, high in BANDS.values()]
    )
    with np.errstate(divide="ignore"):
        power = np.log10(powers_BS.mean(axis=1))
        entropy = (0.5 * np.log(2 * np.pi * np.e * powers_BS)).mean(axis=1)
    within = np.array([high <= rate_hz / 2 + 1e-9 for _, high in BANDS.values()])
    return BandFeatures(
        np.where(within & np.isfinite(power), power, np.nan),
        np.where(within & np.isfinite(entropy), entropy, np.nan),
    )
