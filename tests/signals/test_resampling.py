from __future__ import annotations

import numpy as np

from harness.signals.resampling import resampled


def test_a_tone_keeps_its_frequency_and_level_and_what_the_rate_cannot_hold_is_gone() -> None:
    time_s = np.arange(16_000) / 16_000
    low, high = (np.sin(2 * np.pi * hz * time_s).astype(np.float32) for hz in (1_000, 6_000))
    at_8_khz = resampled(low + high, 16_000, 8_000)
    assert (len(at_8_khz), at_8_khz.dtype) == (8_000, np.float32)
    np.testing.assert_allclose(at_8_khz[500:-500], low[::2][500:-500], atol=2e-3)
    assert resampled(low, 16_000, 16_000) is low
