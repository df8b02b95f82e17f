"""Values of the standard: its coefficients at 48 kHz, and the loudness of its test tone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.signals.loudness import k_weighting, loudness_lufs


def tone(rate: int, seconds: float, level_db: float) -> np.ndarray:
    return 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * np.arange(round(seconds * rate)) / rate)


def test_the_filters_are_those_of_the_standard() -> None:
    (shelf, shelf_below), (high_pass, below) = k_weighting(48_000)
    np.testing.assert_allclose(shelf, [1.53512485958697, -2.69169618940638, 1.19839281085285], atol=1e-9)
    np.testing.assert_allclose(shelf_below, [1.0, -1.69065929318241, 0.73248077421585], atol=1e-9)
    np.testing.assert_allclose(high_pass, [1.0, -2.0, 1.0])
    np.testing.assert_allclose(below, [1.0, -1.99004745483398, 0.99007225036621], atol=1e-9)


@pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
def test_a_full_tone_of_997_hz_in_one_channel_has_minus_3_01(rate: int) -> None:
    assert loudness_lufs(tone(rate, 5.0, 0.0), rate) == pytest.approx(-3.01, abs=0.05)


def test_silence_is_gated_out_and_alone_has_no_loudness() -> None:
    loud, rate = tone(16_000, 10.0, -20.0), 16_000
    with_silence = np.concatenate([loud, np.zeros(10 * rate)])
    assert loudness_lufs(with_silence, rate) == pytest.approx(loudness_lufs(loud, rate), abs=0.15)
    assert math.isnan(loudness_lufs(np.zeros(rate), rate))
    assert math.isnan(loudness_lufs(loud[:1000], rate))
