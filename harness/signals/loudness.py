"""Loudness as broadcasters measure it: integrated, K-weighted and gated (ITU-R BS.1770-5, annex 1)."""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

from harness.arrays import Floats

BLOCK_S, STEP_S = 0.4, 0.1
ABSOLUTE_GATE_LUFS = -70.0
RELATIVE_GATE_LU = -10.0
_OFFSET_DB = -0.691

MIN_RATE = 4_000
"""Hz; the filter's shelf is not below half the rate otherwise."""

_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_EXPONENT = 0.4996667741545416
_HIGH_PASS_HZ, _HIGH_PASS_Q = 38.13547087602444, 0.5003270373238773
"""The standard states its two filters at 48 kHz; these are the analogue ones of which they are the bilinear
transform, so that they can be made at every rate."""


def loudness_lufs(waveform: Floats, sample_rate: int) -> float:
    """The integrated loudness in LUFS; NaN if nothing is above -70 LUFS.

    It is also NaN where the recording is shorter than 0.4 s, or its rate too low for the filter.

    Args:
        waveform: in [-1, 1], shape (num_frames,).
        sample_rate: in Hz.
    """
    block, step = round(BLOCK_S * sample_rate), round(STEP_S * sample_rate)
    if len(waveform) < block or sample_rate < MIN_RATE:
        return float("nan")
    weighted = waveform.astype(np.float64)
    for numerator, denominator in k_weighting(sample_rate):
        weighted = lfilter(numerator, denominator, weighted)
    energy = np.concatenate([[0.0], np.cumsum(weighted**2)])
    starts = np.arange(0, len(waveform) - block + 1, step)
    power = (energy[starts + block] - energy[starts]) / block
    power = power[power > _power(ABSOLUTE_GATE_LUFS)]
    if not len(power):
        return float("nan")
    power = power[power > _power(_lufs(power.mean()) + RELATIVE_GATE_LU)]
    return _lufs(power.mean())


def k_weighting(sample_rate: int) -> list[tuple[Floats, Floats]]:
    """The coefficients (numerator, denominator) of the two filters: a high shelf and a high-pass."""
    k = np.tan(np.pi * _SHELF_HZ / sample_rate)
    high = 10.0 ** (_SHELF_DB / 20.0)
    middle = high**_SHELF_EXPONENT
    numerator = np.array(
        [high + middle * k / _SHELF_Q + k**2, 2 * (k**2 - high), high - middle * k / _SHELF_Q + k**2]
    )
    shelf = _normalised(numerator, _denominator(k, _SHELF_Q))
    k = np.tan(np.pi * _HIGH_PASS_HZ / sample_rate)
    denominator = _denominator(k, _HIGH_PASS_Q)
    return [shelf, (np.array([1.0, -2.0, 1.0]), denominator / denominator[0])]


def _denominator(k: float, q: float) -> Floats:
    return np.array([1.0 + k / q + k**2, 2.0 * (k**2 - 1.0), 1.0 - k / q + k**2])


def _normalised(numerator: Floats, denominator: Floats) -> tuple[Floats, Floats]:
    return numerator / denominator[0], denominator / denominator[0]


def _lufs(power: float) -> float:
    return float(_OFFSET_DB + 10.0 * np.log10(power))


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs - _OFFSET_DB) / 10.0))
