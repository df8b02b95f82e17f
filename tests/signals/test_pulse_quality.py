"""A simulated pulse that is clean, noisy, or not there; skewness and correlation against NumPy and SciPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from scipy.stats import skew

from harness.signals.media import Channel
from harness.signals.pulse_quality import pulse_quality

RATE_HZ = 64.0
RNG = np.random.default_rng(0)


def pulse(noise: float) -> Channel:
    """72 beats per minute: a steep rise and a slow fall with a second wave."""
    phase = (np.arange(round(60 * RATE_HZ)) / RATE_HZ * 1.2) % 1.0
    wave = np.exp(-(((phase - 0.2) / 0.08) ** 2)) + 0.3 * np.exp(-(((phase - 0.5) / 0.12) ** 2))
    return Channel(wave + noise * RNG.normal(size=len(wave)), RATE_HZ)


def test_all_indices_accept_a_clean_pulse() -> None:
    found = pulse_quality(pulse(0.02))
    assert found.pulse_template_r > 0.98
    assert found.pulse_valid_beats > 0.95
    assert found.pulse_skewness > 0.5
    assert found.pulse_agreement == 3


def test_noise_lowers_them_and_no_pulse_is_accepted_by_few() -> None:
    clean, noisy, none = pulse_quality(pulse(0.02)), pulse_quality(pulse(0.2)), pulse_quality(pulse(30.0))
    assert clean.pulse_template_r > noisy.pulse_template_r > none.pulse_template_r
    assert none.pulse_template_r < 0.86
    assert none.pulse_agreement <= 1


def test_skewness_is_that_of_the_filtered_wave() -> None:
    channel = pulse(0.1)
    wave = sosfiltfilt(butter(2, (0.5, 8.0), "bandpass", fs=RATE_HZ, output="sos"), channel.values)
    assert pulse_quality(channel).pulse_skewness == pytest.approx(skew(wave))


def test_a_window_that_is_mostly_missing_or_flat_has_none() -> None:
    values = pulse(0.1).values.copy()
    values[: len(values) * 2 // 3] = np.nan
    for channel in (Channel(values, RATE_HZ), Channel(np.ones(1000), RATE_HZ), Channel(np.ones(10), RATE_HZ)):
        assert all(math.isnan(value) for value in pulse_quality(channel))
