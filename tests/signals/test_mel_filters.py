"""The filters against librosa's."""

from __future__ import annotations

import numpy as np
import pytest
from librosa.filters import mel

from harness.signals.mel_filters import mel_filters


@pytest.mark.parametrize(
    ("num_bins", "num_bands", "sample_rate"), [(257, 40, 16_000), (513, 80, 44_100), (65, 4, 1_600)]
)
def test_filters_are_those_of_librosa(num_bins: int, num_bands: int, sample_rate: int) -> None:
    """The last one ends below 1 kHz."""
    expected = mel(sr=sample_rate, n_fft=2 * (num_bins - 1), n_mels=num_bands, dtype=np.float64)
    np.testing.assert_allclose(mel_filters(num_bins, num_bands, sample_rate), expected.T, rtol=0, atol=1e-12)
