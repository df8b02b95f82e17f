"""Sounds with a known noise, clipping and band."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from harness.signals.media import Audio
from harness.signals.sound_quality import sound_quality

RATE = 16_000
RNG = np.random.default_rng(0)
SPEECH = 0.1 * RNG.normal(size=4 * RATE) * np.repeat(np.arange(20) % 4 < 2, RATE // 5)
"""Two fifths of a second of sound, two of silence."""


def quality(waveform: np.ndarray):  # type: ignore[no-untyped-def]
    return sound_quality(Audio(waveform.astype(np.float32), RATE))


@pytest.mark.parametrize("snr_db", [5, 15, 30, 45])
def test_the_ratio_is_that_of_speech_to_noise(snr_db: int) -> None:
    """Percentiles of frames lie a little beyond the means of sound and pause."""
    noise = RNG.normal(size=len(SPEECH)) * 0.1 * 10 ** (-snr_db / 20)
    assert quality(SPEECH + noise).snr_db == pytest.approx(snr_db, abs=2.0)


def test_it_does_not_depend_on_the_level_or_an_offset() -> None:
    noisy = SPEECH + 0.01 * RNG.normal(size=len(SPEECH))
    assert quality(0.3 * noisy + 0.2).snr_db == pytest.approx(quality(noisy).snr_db, abs=0.01)


def test_noise_without_speech_has_a_low_ratio_and_short_sounds_have_none() -> None:
    assert quality(RNG.normal(size=2 * RATE) * 0.1).snr_db < 0
    assert math.isnan(quality(SPEECH[:1000]).snr_db)


def test_clipped_samples_are_counted_and_peaks_are_not() -> None:
    tone = np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    assert quality(0.9 * tone).clipped_share == 0.0
    assert quality(np.clip(tone, -0.5, 0.5)).clipped_share == pytest.approx(2 / 3, abs=0.02)


def test_a_telephone_band_is_seen() -> None:
    white = RNG.normal(size=4 * RATE) * 0.1
    telephone = sosfiltfilt(butter(12, 3400, fs=RATE, output="sos"), white)
    assert quality(white).bandwidth_hz > 7_500
    assert 3_300 < quality(telephone).bandwidth_hz < 4_300


def test_silence_has_no_quality() -> None:
    assert all(math.isnan(value) for value in quality(np.zeros(RATE))[1:])


@pytest.mark.parametrize("rate", [1, 8, 50, 300, 3_999])
def test_a_header_with_an_absurd_rate_ends_nothing(rate: int) -> None:
    """A rate at which the filters of loudness are unstable, or a frame has no sample."""
    found = sound_quality(Audio(SPEECH[:5_000].astype(np.float32), rate))
    assert math.isnan(found.loudness_lufs)
    assert math.isnan(found.snr_db) == (rate <= 50)
