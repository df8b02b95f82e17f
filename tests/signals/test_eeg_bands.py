"""Band power and differential entropy against known sines, SciPy's Welch method and a normal distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import welch
from scipy.stats import norm

from harness.signals.eeg_bands import BANDS, band_features

RATE = 128.0
NAMES = list(BANDS)


def test_a_sine_has_the_power_of_its_band() -> None:
    """Amplitude a has the power a²/2; a Hann window spreads it to the neighbouring frequencies alone."""
    seconds = np.arange(int(20 * RATE)) / RATE
    found = band_features(4.0 * np.sin(2 * np.pi * 10.0 * seconds), RATE)
    assert found.power[NAMES.index("alpha")] == pytest.approx(np.log10(8.0), abs=1e-9)
    assert found.entropy[NAMES.index("alpha")] == pytest.approx(0.5 * np.log(2 * np.pi * np.e * 8.0), abs=1e-9)
    assert (np.delete(found.power, NAMES.index("alpha")) < -6).all()


def test_power_equals_scipys_welch() -> None:
    values = np.cumsum(np.random.default_rng(0).normal(size=int(30 * RATE)))
    frequency, density = welch(values, RATE, "hann", 128, 0, detrend="constant", scaling="density")
    for band, (low, high) in enumerate(BANDS.values()):
        inside = (frequency >= low) & (frequency < high)
        assert band_features(values, RATE).power[band] == pytest.approx(np.log10(density[inside].sum()), abs=1e-9)


def test_entropy_is_that_of_a_normal_distribution() -> None:
    """The differential entropy of a normal distribution by SciPy, of a sine that is the same in every segment."""
    seconds = np.arange(int(5 * RATE)) / RATE
    entropy = band_features(3.0 * np.sqrt(2) * np.sin(2 * np.pi * 20.0 * seconds), RATE).entropy
    assert entropy[NAMES.index("beta")] == pytest.approx(norm(scale=3.0).entropy(), abs=1e-9)


def test_a_burst_moves_power_more_than_entropy() -> None:
    calm = np.random.default_rng(1).normal(size=int(30 * RATE))
    burst = calm.copy()
    burst[:128] *= 20.0
    more = [
        band_features(burst, RATE)._asdict()[name][2] - band_features(calm, RATE)._asdict()[name][2]
        for name in ("power", "entropy")
    ]
    assert more[0] * np.log(10) / 2 > 5 * more[1] > 0  # in nats


def test_what_cannot_be_computed_is_nan() -> None:
    values = np.random.default_rng(2).normal(size=int(10 * RATE))
    slow = band_features(values, 80.0)
    assert np.isnan(slow.power).tolist() == [False, False, False, False, True]  # gamma is above half the rate
    gaps = values.copy()
    gaps[: 6 * 128 : 128] = np.nan  # six of ten segments
    assert np.isnan(band_features(gaps, RATE).entropy).all()
    assert np.isfinite(band_features(np.where(np.arange(len(values)) < 128, np.nan, values), RATE).power).all()
    for unusable in (values[:200], np.zeros(1280), np.array([])):
        assert np.isnan(band_features(unusable, RATE).power).all()
