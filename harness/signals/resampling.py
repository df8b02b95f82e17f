"""Another sample rate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.first_use import first_use


def resampled(waveform: npt.NDArray[np.float32], rate_hz: int, to_hz: int) -> npt.NDArray[np.float32]:
    """A waveform at another rate (soxr, high quality); as it is where the rates are equal."""
    if rate_hz == to_hz:
        return waveform
    with first_use():  # not needed if recordings already have this rate
        from librosa import resample
    result: npt.NDArray[np.float32] = resample(waveform, orig_sr=rate_hz, target_sr=to_hz, res_type="soxr_hq")
    return result
