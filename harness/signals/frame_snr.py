"""The signal-to-noise ratio of one recording of speech, from the powers of its frames.

Speech has pauses, so its quietest frames hold the noise alone, and its loudest ones speech and noise: as NIST's
``stnr`` does, the level of speech is taken at the 95th percentile of the frames. Estimators that model amplitudes,
such as WADA-SNR (Kim & Stern 2008), take clips that are half silence for free of noise. A recording without pauses
seems noisier than it is.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats

FRAME_S, STEP_S = 0.02, 0.01
NOISE_PERCENTILE, SPEECH_PERCENTILE = 10, 95

QUANTISATION = (2.0**-15) ** 2 / 12.0
"""The power of the rounding of a 16-bit file: no recording is taken for quieter."""

LOWEST_DB = -20.0


def frame_snr_db(waveform: Floats, sample_rate: int) -> float:
    """The ratio of speech to noise in dB, at least -20; NaN with fewer than ten frames, or at 50 Hz or less.

    Args:
        waveform: in [-1, 1], shape (num_frames,).
        sample_rate: in Hz.
    """
    size, step = round(FRAME_S * sample_rate), round(STEP_S * sample_rate)
    if not step:
        return float("nan")
    starts = np.arange(0, len(waveform) - size + 1, step)
    if len(starts) < 10:
        return float("nan")
    energy = np.concatenate([[0.0], np.cumsum((waveform - waveform.mean()).astype(np.float64) ** 2)])
    power = (energy[starts + size] - energy[starts]) / size
    noise, both = np.percentile(power, (NOISE_PERCENTILE, SPEECH_PERCENTILE))
    noise = max(float(noise), QUANTISATION)
    return max(LOWEST_DB, float(10.0 * np.log10(max(float(both) - noise, 1e-30) / noise)))
