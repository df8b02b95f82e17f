"""Descriptors of the voice per frame: energy, spectrum, cepstrum.

Frames lie inside the clip, none reaches beyond its ends: there is no padding that could leak into a descriptor.

Shapes: F frames, N samples of a frame, K frequency bins.
"""

from __future__ import annotations

import functools

import torch
import torchaudio.functional

SAMPLE_RATE = 16_000
HOP = 160
FRAME = 720
"""Samples of a frame: 45 ms, three periods of the lowest F0."""
SPECTRAL_WINDOW = 400
NUM_FFT = 512
NUM_MELS = 40
NUM_MFCC = 20
FLOOR = 1e-10
"""Power below which nothing is told apart (-100 dB relative to full scale)."""
ROLLOFF_SHARE = 0.85
ALPHA_BANDS_HZ = ((50.0, 1_000.0), (1_000.0, 5_000.0))
HAMMARBERG_BANDS_HZ = ((0.0, 2_000.0), (2_000.0, 5_000.0))
SLOPE_BANDS_HZ = {"slope_0_500": (0.0, 500.0), "slope_500_1500": (500.0, 1_500.0)}
SPECTRAL_SHAPE = ("centroid", "rolloff", "flatness", "flux", "alpha", "hammarberg", *SLOPE_BANDS_HZ)


def num_frames(num_samples: int) -> int:
    """How many frames fit into a clip; 0 for one shorter than a frame."""
    return max(0, 1 + (num_samples - FRAME) // HOP)


def frames(waveform: torch.Tensor) -> torch.Tensor:
    """The frames of a clip, a view of its samples: (F, N)."""
    return waveform.unfold(0, FRAME, HOP)


def describe(frames_FN: torch.Tensor) -> dict[str, torch.Tensor]:
    """``level``, ``mfcc0`` … and `SPECTRAL_SHAPE` by name, each of shape (F,)."""
    power_FK = power_spectrum(frames_FN)
    coefficients = mfcc(power_FK)
    # The window of the frame before lies inside this frame, so that the flux needs no neighbour.
    return {
        "level": decibel(frames_FN.square().mean(dim=1)),
        **{f"mfcc{i}": coefficients[:, i] for i in range(NUM_MFCC)},
        **spectral_shape(power_FK, power_spectrum(frames_FN, shift=-HOP)),
    }


def power_spectrum(frames_FN: torch.Tensor, shift: int = 0) -> torch.Tensor:
    """Power in the middle 25 ms of every frame, or `shift` samples from there, under a Hann window: (F, K)."""
    start = (FRAME - SPECTRAL_WINDOW) // 2 + shift
    window = torch.hann_window(SPECTRAL_WINDOW, dtype=frames_FN.dtype, device=frames_FN.device)
    spectrum: torch.Tensor = torch.fft.rfft(frames_FN[:, start : start + SPECTRAL_WINDOW] * window, NUM_FFT)
    return spectrum.real.square() + spectrum.imag.square()


def mfcc(power_FK: torch.Tensor) -> torch.Tensor:
    """Mel-frequency cepstral coefficients, shape (F, NUM_MFCC); slaney mel scale, orthonormal DCT, as in librosa.

    `torchaudio.transforms.MFCC` is not used: it pads the ends of a clip, and its `top_db` depends on the loudest
    clip of the batch.
    """
    return decibel(power_FK @ _mel_filters().to(power_FK)) @ _cosines().to(power_FK)


def spectral_shape(power_FK: torch.Tensor, power_before_FK: torch.Tensor) -> dict[str, torch.Tensor]:
    """Shape of the spectrum per frame, by the names of `SPECTRAL_SHAPE`, each of shape (F,).

    ``centroid`` and ``rolloff`` (of the magnitude) in Hz and ``flatness`` in dB, as librosa defines them;
    ``flux``, the distance from the spectrum one hop before, both scaled to unit sum; ``alpha`` and ``hammarberg``
    in dB and the slopes in dB per kHz, as in Eyben et al. (2016, doi:10.1109/TAFFC.2015.2457417).
    """
    frequency_K = torch.arange(power_FK.shape[1], dtype=power_FK.dtype, device=power_FK.device)
    frequency_K = frequency_K * (SAMPLE_RATE / NUM_FFT)
    floored = power_FK.clamp_min(FLOOR)
    share, share_before = _share(power_FK), _share(power_before_FK)
    reached = share.cumsum(dim=1) >= ROLLOFF_SHARE

    def inside(low: float, high: float) -> torch.Tensor:
        return floored[:, (frequency_K >= low) & (frequency_K < high)]

    low_alpha, high_alpha = (decibel(inside(*band).sum(dim=1)) for band in ALPHA_BANDS_HZ)
    low_peak, high_peak = (decibel(inside(*band).amax(dim=1)) for band in HAMMARBERG_BANDS_HZ)
    return {
        "centroid": share @ frequency_K,
        "rolloff": frequency_K[reached.to(torch.uint8).argmax(dim=1)],
        "flatness": decibel(floored.log().mean(dim=1).exp() / floored.mean(dim=1)),
        "flux": torch.linalg.vector_norm(share - share_before, dim=1),
        "alpha": low_alpha - high_alpha,
        "hammarberg": low_peak - high_peak,
        **{name: _slope(floored, frequency_K, *band) for name, band in SLOPE_BANDS_HZ.items()},
    }


def decibel(power: torch.Tensor) -> torch.Tensor:
    """Power in dB, at least -100."""
    return 10 * power.clamp_min(FLOOR).log10()


def _share(power_FK: torch.Tensor) -> torch.Tensor:
    """The magnitude spectrum scaled to unit sum."""
    magnitude = power_FK.clamp_min(FLOOR).sqrt()
    return magnitude / magnitude.sum(dim=1, keepdim=True)


def _slope(power_FK: torch.Tensor, frequency_K: torch.Tensor, low: float, high: float) -> torch.Tensor:
    inside = (frequency_K >= low) & (frequency_K < high)
    kilohertz = frequency_K[inside] / 1_000
    centred = kilohertz - kilohertz.mean()
    return decibel(power_FK[:, inside]) @ centred / centred.square().sum()


@functools.cache
def _mel_filters() -> torch.Tensor:
    """Shape (K, NUM_MELS), float64."""
    filters: torch.Tensor = torchaudio.functional.melscale_fbanks(
        NUM_FFT // 2 + 1, 0.0, SAMPLE_RATE / 2, NUM_MELS, SAMPLE_RATE, norm="slaney", mel_scale="slaney"
    )
    return filters.double()


@functools.cache
def _cosines() -> torch.Tensor:
    """Shape (NUM_MELS, NUM_MFCC), float64."""
    cosines: torch.Tensor = torchaudio.functional.create_dct(NUM_MFCC, NUM_MELS, norm="ortho")
    return cosines.double()
