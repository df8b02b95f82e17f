"""Descriptors per frame against librosa, and against numpy where librosa has none."""

from __future__ import annotations

import librosa
import numpy as np
import numpy.typing as npt
import pytest
import torch

from harness.signals import voice_frames
from harness.signals.voice_frames import FRAME, HOP, NUM_FFT, SAMPLE_RATE, SPECTRAL_WINDOW

Waveform = npt.NDArray[np.float64]
FREQUENCIES_HZ = np.fft.rfftfreq(NUM_FFT, 1 / SAMPLE_RATE)


@pytest.fixture
def waveform() -> Waveform:
    """Half a second of harmonics, half a second of noise: as many samples as no whole number of frames has."""
    phase = 2 * np.pi * 150 * np.arange(8_000) / SAMPLE_RATE
    tone = 0.1 * sum((np.sin(k * phase) / k for k in range(1, 11)), np.zeros(8_000))
    return np.concatenate([tone, 0.05 * np.random.default_rng(0).normal(size=8_077)])


@pytest.fixture
def described(waveform: Waveform) -> dict[str, Waveform]:
    found = voice_frames.describe(torch.from_numpy(waveform))
    return {name: values.numpy() for name, values in found.items()}


@pytest.fixture
def librosa_power(waveform: Waveform) -> Waveform:
    """Shape (K, F). A window of 400 stands in the middle of librosa's 512, and of our frame of 720."""
    return _power_of(waveform[(FRAME - NUM_FFT) // 2 :])[:, : voice_frames.num_frames(len(waveform))]


@pytest.mark.parametrize(
    ("num_samples", "expected"), [(0, 0), (FRAME - 1, 0), (FRAME, 1), (FRAME + HOP - 1, 1), (FRAME + HOP, 2)]
)
def test_only_whole_frames_count(num_samples: int, expected: int) -> None:
    assert voice_frames.num_frames(num_samples) == expected
    if expected:
        spectra = voice_frames.power_spectra(torch.zeros(num_samples))
        assert len(voice_frames.frames(torch.zeros(num_samples))) == len(spectra) - 1 == expected


def test_spectra_are_those_of_windows_cut_by_hand(waveform: Waveform) -> None:
    found = voice_frames.power_spectra(torch.from_numpy(waveform)).numpy()
    window = np.hanning(SPECTRAL_WINDOW + 1)[:-1]
    middle = (FRAME - SPECTRAL_WINDOW) // 2
    for row in (0, 1, 50, len(found) - 1):
        start = (row - 1) * HOP + middle
        cut = waveform[start : start + SPECTRAL_WINDOW]
        expected = np.abs(np.fft.rfft(cut * window, NUM_FFT)) ** 2
        np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-15)


def test_power_equals_librosa(waveform: Waveform, librosa_power: Waveform) -> None:
    found = voice_frames.power_spectra(torch.from_numpy(waveform)).numpy()[1:]
    np.testing.assert_allclose(found.T, librosa_power, rtol=1e-9, atol=1e-15)


def test_cepstrum_equals_librosa(described: dict[str, Waveform], librosa_power: Waveform) -> None:
    mel = librosa.feature.melspectrogram(S=librosa_power, sr=SAMPLE_RATE, n_mels=voice_frames.NUM_MELS)
    cepstrum = librosa.feature.mfcc(S=librosa.power_to_db(mel, top_db=None), n_mfcc=voice_frames.NUM_MFCC)
    found = [described[f"mfcc{i}"] for i in range(voice_frames.NUM_MFCC)]
    np.testing.assert_allclose(found, cepstrum, rtol=0, atol=1e-3)  # librosa's filters are in float32


def test_level_is_the_root_mean_square_of_librosa(described: dict[str, Waveform], waveform: Waveform) -> None:
    rms = librosa.feature.rms(y=waveform, frame_length=FRAME, hop_length=HOP, center=False)[0]
    np.testing.assert_allclose(described["level"], 20 * np.log10(rms), rtol=0, atol=1e-4)


def test_shape_equals_librosa(described: dict[str, Waveform], librosa_power: Waveform) -> None:
    magnitude = np.sqrt(librosa_power)
    expected = {
        "centroid": librosa.feature.spectral_centroid(S=magnitude, sr=SAMPLE_RATE, n_fft=NUM_FFT),
        "rolloff": librosa.feature.spectral_rolloff(S=magnitude, sr=SAMPLE_RATE, n_fft=NUM_FFT),
        "flatness": 10 * np.log10(librosa.feature.spectral_flatness(S=magnitude)),
    }
    for name, values in expected.items():
        # Our floor under the power of silent bins is higher than librosa's.
        np.testing.assert_allclose(described[name], values[0], rtol=1e-3, atol=1e-4, err_msg=name)


def test_flux_is_the_distance_from_the_spectrum_one_hop_before(
    described: dict[str, Waveform], librosa_power: Waveform
) -> None:
    share_KF = np.sqrt(np.maximum(librosa_power, voice_frames.FLOOR))
    share_KF /= share_KF.sum(axis=0)
    # The first frame's neighbour is no frame's own window; `test_spectra_…` covers it.
    np.testing.assert_allclose(described["flux"][1:], np.linalg.norm(np.diff(share_KF), axis=0), rtol=1e-6)


def test_bands_and_slopes_are_those_of_numpy(described: dict[str, Waveform], librosa_power: Waveform) -> None:
    floored = np.maximum(librosa_power, voice_frames.FLOOR)
    level = 10 * np.log10(floored)

    def inside(low_hz: float, high_hz: float) -> npt.NDArray[np.bool_]:
        return (low_hz <= FREQUENCIES_HZ) & (high_hz > FREQUENCIES_HZ)

    alpha = floored[inside(50, 1_000)].sum(axis=0) / floored[inside(1_000, 5_000)].sum(axis=0)
    hammarberg = level[inside(0, 2_000)].max(axis=0) - level[inside(2_000, 5_000)].max(axis=0)
    np.testing.assert_allclose(described["alpha"], 10 * np.log10(alpha), rtol=0, atol=1e-6)
    np.testing.assert_allclose(described["hammarberg"], hammarberg, rtol=0, atol=1e-6)
    for name, band in voice_frames.SLOPE_BANDS_HZ.items():
        kilohertz = FREQUENCIES_HZ[inside(*band)] / 1_000
        slope = np.polyfit(kilohertz, level[inside(*band)], 1)[0]
        np.testing.assert_allclose(described[name], slope, rtol=1e-6, err_msg=name)


def _power_of(signal: Waveform) -> Waveform:
    spectrum = librosa.stft(signal, n_fft=NUM_FFT, hop_length=HOP, win_length=SPECTRAL_WINDOW, center=False)
    return np.abs(spectrum) ** 2
