"""Fingerprints of media: 256 whole numbers whose correlation distinguishes copies from different recordings.

They are differences between neighbouring parts, which copying (level, brightness, compression, size, sampling
rate) hardly changes. Two fingerprints are compared by their cosine (`harness.checks.near_duplicates`).

Shapes: T frames of a spectrum, B bands, C cells in time.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.signals.media import UNITS, Audio, Image, Recording
from harness.tables.probe_tables import FINGERPRINT_WIDTH

Fingerprint = npt.NDArray[np.int8]

_GRID = 16
_CLIP = 3.0
_STEPS = 40.0
"""Values are clipped at 3 standard deviations and stored in steps of 1/40, so they are at most 120."""

_BANDS_HZ = (100.0, 3800.0)
"""The range that a telephone line and a sampling rate of 8 kHz preserve."""

_FRAME_S, _HOP_S = 0.032, 0.016
_FLOOR_DB = 40.0
"""Cells that are this far below the loudest are background, which compression changes."""

_SPEECH_DB, _WINDOW_S, _STEP_S = 15.0, 0.03, 0.005
"""With more than 15 dB, noise at 20 dB below the signal would change where a recording begins and ends."""

CHANNELS = ("bvp", "ecg", "eda", "temperature", "acceleration")
_MAX_OTHERS = 16
"""Channels besides these, such as electrodes of an EEG, of which each gets a share of the 256 numbers."""

_MIN_FRAMES = 64


def of_image(image: Image) -> Fingerprint | None:
    """Horizontal differences of a 17 × 16 grey thumbnail, as in a dHash (Krawetz 2013), by their square roots.

    A dHash keeps the signs, which are noise in uniform areas; without the root, a few strong edges would dominate.
    None for a picture of one colour.
    """
    small = cv2.resize(image.pixels, (_GRID + 1, _GRID), interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float64)
    step = np.diff(grey, axis=1).ravel()
    return _quantised([np.sign(step) * np.sqrt(np.abs(step))])


def of_audio(audio: Audio) -> Fingerprint | None:
    """The energy in 16 mel-spaced bands × 16 segments of time, in dB, less the mean of each band and segment.

    This removes gain and the frequency response of microphone and room. After Haitsma & Kalker (2002), who keep
    the signs of such differences. The quiet beginning and end (more than `_SPEECH_DB` below the loudest) are left
    out, so that a copy may be trimmed there. None for silence.

    Bands do not overlap: the usual triangular mel filters raise more false alarms (3 instead of 1 among RAVDESS'
    clips at the same threshold).
    """
    waveform = _without_quiet_ends(audio.waveform.astype(np.float64), audio.sample_rate)
    bands_TB = _band_energies(waveform, audio.sample_rate)
    energy_CB = np.stack([_cell_means(band_T, _GRID) for band_T in bands_TB.T], axis=1)
    loudest = energy_CB.max()
    if not loudest > 0.0:
        return None
    level_CB = 10.0 * np.log10(np.maximum(energy_CB / loudest, 10.0 ** (-_FLOOR_DB / 10.0)))
    centred_CB = level_CB - level_CB.mean(0) - level_CB.mean(1, keepdims=True) + level_CB.mean()
    return _quantised([centred_CB.ravel()])


def of_signal(window: Recording) -> Fingerprint | None:
    """Each channel's differences between stretches of time, in an equal share of the 256 numbers.

    Differences, because slow trends of skin conductance and temperature are similar in all people. Heart rate
    alone is not enough to distinguish two windows. None if no channel has enough frames.
    """
    known = [name for name in CHANNELS if name in window.channels]
    others = sorted(set(window.channels) - set(UNITS))[:_MAX_OTHERS]
    signals = [_one_axis(window.channels[name].values) for name in (*known, *others)]
    signals = [signal for signal in signals if np.isfinite(signal).sum() >= _MIN_FRAMES]
    if not signals:
        return None
    share = FINGERPRINT_WIDTH // len(signals)
    return _quantised([np.diff(_cell_means(signal, share + 1)) for signal in signals])


def _quantised(parts: list[Floats]) -> Fingerprint | None:
    """Every part scaled to unit standard deviation, all as whole numbers; None if nothing varies."""
    scaled = []
    for part in parts:
        values = np.nan_to_num(part - np.nanmean(part)) if np.isfinite(part).any() else np.zeros(len(part))
        spread = values.std()
        scaled.append(np.clip(values / spread, -_CLIP, _CLIP) if spread > 1e-9 else np.zeros(len(part)))
    whole = np.concatenate(scaled)
    if not whole.any():
        return None
    padded = np.pad(whole, (0, FINGERPRINT_WIDTH - len(whole)))
    fingerprint: Fingerprint = np.round(padded * _STEPS).astype(np.int8)
    return fingerprint


def _without_quiet_ends(waveform: Floats, rate: int) -> Floats:
    """From the first to the last window that is at most `_SPEECH_DB` below the loudest.

    Silence is added first, so that a recording that begins with sound has the same first window as one that begins
    with silence.
    """
    length, hop = round(_WINDOW_S * rate), max(1, round(_STEP_S * rate))
    padded = np.pad(waveform, length)
    energy = np.concatenate([[0.0], np.cumsum(padded**2)])
    starts = np.arange(0, len(padded) - length + 1, hop)
    of_window = energy[starts + length] - energy[starts]
    loud = starts[of_window >= of_window.max(initial=0.0) * 10.0 ** (-_SPEECH_DB / 10.0)]
    return padded[loud[0] : loud[-1] + length]


def _band_energies(waveform: Floats, rate: int) -> Floats:
    length, hop = round(_FRAME_S * rate), round(_HOP_S * rate)
    waveform = np.pad(waveform, (0, max(0, length - len(waveform))))
    frames = np.lib.stride_tricks.sliding_window_view(waveform, length)[::hop]
    power = np.abs(np.fft.rfft(frames * np.hanning(length), axis=1)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(length, 1.0 / rate), _mel_spaced(_GRID + 1))
    edges = np.minimum(edges, power.shape[1] - 1)
    return np.stack([power[:, a : max(b, a + 1)].mean(1) for a, b in pairwise(edges)], 1)


def _mel_spaced(num: int) -> Floats:
    low, high = (2595.0 * np.log10(1.0 + hz / 700.0) for hz in _BANDS_HZ)
    spaced: Floats = 700.0 * (10.0 ** (np.linspace(low, high, num) / 2595.0) - 1.0)
    return spaced


def _cell_means(signal: Floats, num: int) -> Floats:
    """The means of `num` equal segments; a frame at a boundary is shared, NaN frames are left out."""
    present = np.isfinite(signal)
    sums = np.concatenate([[0.0], np.cumsum(np.where(present, signal, 0.0))])
    counts = np.concatenate([[0.0], np.cumsum(present)])
    frames, edges = np.arange(len(sums)), np.linspace(0.0, len(signal), num + 1)
    total, count = (np.diff(np.interp(edges, frames, cumulated)) for cumulated in (sums, counts))
    means: Floats = np.full(num, np.nan)
    np.divide(total, count, out=means, where=count > 1e-9)
    return means


def _one_axis(values: Floats) -> Floats:
    """The channel, or the sum of its axes: unlike their norm, its differences do not depend on offsets of axes."""
    one: Floats = values if values.ndim == 1 else values.sum(axis=1)
    return one
