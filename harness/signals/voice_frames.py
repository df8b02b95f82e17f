"""Descriptors of the voice per frame: energy, spectrum, cepstrum.

Every frame lies inside the clip; nothing is padded. All descriptors share one spectrum, and the tests compare them
with librosa's, which works in NumPy and so excludes a GPU. torchaudio's transforms would each compute a spectrum
and pad the clip, and the decibels of its `MFCC` depend on the loudest clip of the batch (`top_db`).

Shapes: N samples of a clip, F frames, S samples of a frame, W = F + 1 windows (one before the first frame's), K
frequency bins.
"""

from __future__ import annotations

import functools
import math

import torch
from torch.nn.functional import pad

from harness.signals.mel_filters import mel_filters

SAMPLE_RATE = 16_000
HOP = 160
SPECTRAL_WINDOW = 400
FRAME = HOP + SPECTRAL_WINDOW + HOP
"""Samples of a frame: 45 ms, three periods of the lowest F0. The spectrum is taken in its middle 25 ms."""
NUM_FFT = 512
NUM_MELS = 40
NUM_MFCC = 20
FLOOR = 1e-10
"""Lower powers are raised to this, 100 dB below full scale."""
FLOOR_DB = -100.0
ROLLOFF_SHARE = 0.85
ALPHA_BANDS_HZ = ((50.0, 1_000.0), (1_000.0, 5_000.0))
HAMMARBERG_BANDS_HZ = ((0.0, 2_000.0), (2_000.0, 5_000.0))
SLOPE_BANDS_HZ = {"slope_0_500": (0.0, 500.0), "slope_500_1500": (500.0, 1_500.0)}
Places = slice | torch.Tensor
"""Which windows are meant, one after another."""
_OF_A_CLIP = slice(1, None)
_BEFORE_THEM = slice(None, -1)
"""The windows of one clip: all but the first are those of its frames."""

SPECTRAL_SHAPE = ("centroid", "rolloff", "flatness", "flux", "alpha", "hammarberg", *SLOPE_BANDS_HZ)


def num_frames(num_samples: int) -> int:
    """How many frames fit into a clip; 0 for one shorter than a frame."""
    return max(0, 1 + (num_samples - FRAME) // HOP)


def frames(waveform_N: torch.Tensor) -> torch.Tensor:
    """The frames of a clip, a view of its samples: (F, S)."""
    return waveform_N.unfold(0, FRAME, HOP)


def describe(waveform_N: torch.Tensor) -> dict[str, torch.Tensor]:
    """``level``, ``mfcc0`` … and `SPECTRAL_SHAPE` by name, each of shape (F,).

    Args:
        waveform_N: a clip, at least `FRAME` samples long.
    """
    return described(power_spectra(waveform_N), frames(waveform_N))


def described(
    power_WK: torch.Tensor, frames_FS: torch.Tensor, own: Places = _OF_A_CLIP, before: Places = _BEFORE_THEM
) -> dict[str, torch.Tensor]:
    """What `describe` gives, from the spectra.

    Args:
        power_WK: of windows.
        frames_FS: the frames.
        own: the window of every frame.
        before: the window one hop before it.
    """
    coefficients = mfcc(power_WK[own])
    return {
        "level": decibel(frames_FS.square().mean(dim=1)),
        **{f"mfcc{i}": coefficients[:, i] for i in range(NUM_MFCC)},
        **spectral_shape(power_WK, own, before),
    }


def power_spectra(waveform_N: torch.Tensor) -> torch.Tensor:
    """Power under a Hann window: one hop before the first frame's own, then in the middle of every frame, (W, K).

    The window one hop before a frame's own begins where the frame begins, so it lies inside the clip.
    """
    window = torch.hann_window(SPECTRAL_WINDOW, dtype=waveform_N.dtype, device=waveform_N.device)
    # `torch.stft` centres the window among NUM_FFT samples: these zeros, under no window, let the first one begin
    # at the first sample.
    margin = (NUM_FFT - SPECTRAL_WINDOW) // 2
    spectrum_KW = torch.stft(
        pad(waveform_N, (margin, margin)), NUM_FFT, HOP, SPECTRAL_WINDOW, window, center=False, return_complex=True
    )
    return _power(spectrum_KW.T[:-1])


def power_of_windows(windows_W: torch.Tensor) -> torch.Tensor:
    """The power of `power_spectra` of samples that are already cut: (W, `SPECTRAL_WINDOW`) → (W, K)."""
    window = torch.hann_window(SPECTRAL_WINDOW, dtype=windows_W.dtype, device=windows_W.device)
    return _power(torch.fft.rfft(windows_W * window, NUM_FFT))


def _power(spectrum_WK: torch.Tensor) -> torch.Tensor:
    return spectrum_WK.real.square().add_(spectrum_WK.imag.square())


def mfcc(power_FK: torch.Tensor) -> torch.Tensor:
    """Mel-frequency cepstral coefficients, (F, NUM_MFCC); slaney mel scale, orthonormal DCT, as in librosa."""
    return decibel(power_FK @ _mel_filters().to(power_FK)) @ _cosines().to(power_FK)


def spectral_shape(
    power_WK: torch.Tensor, own: Places = _OF_A_CLIP, before: Places = _BEFORE_THEM
) -> dict[str, torch.Tensor]:
    """Shape of the spectrum per frame, by the names of `SPECTRAL_SHAPE`, each of shape (F,); see `described`.

    ``centroid`` and ``rolloff`` (of the magnitude) in Hz and ``flatness`` in dB, as librosa defines them;
    ``flux``, the distance from the spectrum one hop before, both scaled to unit sum; ``alpha`` and ``hammarberg``
    in dB and the slopes in dB per kHz, as in Eyben et al. (2016, doi:10.1109/TAFFC.2015.2457417).
    """
    floored_WK = power_WK.clamp_min(FLOOR)
    floored_FK = floored_WK[own]
    level_FK = decibel(floored_FK)
    low_alpha, high_alpha = (decibel(floored_FK[:, _bins(*band)].sum(dim=1)) for band in ALPHA_BANDS_HZ)
    mean_level = decibel(floored_FK.mean(dim=1))
    # In place: fresh memory for arrays of this size costs a quarter of the time.
    share_WK = floored_WK.sqrt_()
    share_WK /= share_WK.sum(dim=1, keepdim=True)
    share_FK = share_WK[own]
    frequency_K = _frequencies(power_WK)
    threshold = share_FK.new_full((len(share_FK), 1), ROLLOFF_SHARE)
    low_peak, high_peak = (level_FK[:, _bins(*band)].amax(dim=1) for band in HAMMARBERG_BANDS_HZ)
    return {
        "centroid": share_FK @ frequency_K,
        "rolloff": frequency_K[torch.searchsorted(share_FK.cumsum(dim=1), threshold)[:, 0]],
        "flatness": (level_FK.mean(dim=1) - mean_level).clamp_min(FLOOR_DB),
        "flux": torch.linalg.vector_norm(share_FK - share_WK[before], dim=1),
        "alpha": low_alpha - high_alpha,
        "hammarberg": low_peak - high_peak,
        **{name: _slope(level_FK, _bins(*band)) for name, band in SLOPE_BANDS_HZ.items()},
    }


def decibel(power: torch.Tensor) -> torch.Tensor:
    """Power in dB, at least `FLOOR_DB`."""
    return power.clamp_min(FLOOR).log10_().mul_(10)


def _slope(level_FK: torch.Tensor, bins: slice) -> torch.Tensor:
    """The slope of the least-squares line through these bins, dB per kHz."""
    kilohertz = _frequencies(level_FK)[bins] / 1_000
    centred = kilohertz - kilohertz.mean()
    return level_FK[:, bins] @ centred / centred.square().sum()


def _frequencies(like: torch.Tensor) -> torch.Tensor:
    """The frequency of every bin in Hz, shape (K,)."""
    return torch.arange(NUM_FFT // 2 + 1, dtype=like.dtype, device=like.device) * (SAMPLE_RATE / NUM_FFT)


def _bins(low_hz: float, high_hz: float) -> slice:
    """The bins from `low_hz` to below `high_hz`."""
    return slice(*(math.ceil(hz * NUM_FFT / SAMPLE_RATE) for hz in (low_hz, high_hz)))


@functools.cache
def _mel_filters() -> torch.Tensor:
    """Shape (K, NUM_MELS), float64."""
    return torch.from_numpy(mel_filters(NUM_FFT // 2 + 1, NUM_MELS, SAMPLE_RATE))


@functools.cache
def _cosines() -> torch.Tensor:
    """The discrete cosine transform of type II, orthonormal, shape (NUM_MELS, NUM_MFCC), float64."""
    band_M1 = torch.arange(NUM_MELS, dtype=torch.float64)[:, None] + 0.5
    cosines = torch.cos(torch.pi / NUM_MELS * band_M1 * torch.arange(NUM_MFCC, dtype=torch.float64))
    cosines[:, 0] /= math.sqrt(2)
    return cosines * math.sqrt(2 / NUM_MELS)
