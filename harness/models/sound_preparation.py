"""Sounds as a model's card asks for them: its rate, window, padding, range and layout.

Shapes: W windows of a clip, T frames of a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.cards.inputs import NetworkSoundInput
from harness.errors import Reason, Unscored
from harness.models.waveform import WaveformPreparer
from harness.signals.media import Media

Waveform = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SoundPreparer:
    """Resamples a clip and cuts it into windows as the card's input says. Picklable."""

    expected: NetworkSoundInput

    def __call__(self, media: Media) -> Waveform:
        """A clip → float32, shape (W, T): one window, or all where the card asks for the mean of their answers.

        Raises:
            Unscored: no sound, shorter than the window where the card does not pad, longer where it refuses, or
                above its longest.
        """
        waveform = WaveformPreparer(self.expected.sample_rate_hz, self.expected.max_duration_s)(media)
        windows_WT = np.stack(_windows(waveform, self.expected))
        if self.expected.standardise:
            mean_W1 = windows_WT.mean(axis=1, keepdims=True, dtype=np.float64)
            variance_W1 = windows_WT.var(axis=1, keepdims=True, dtype=np.float64)
            # As the feature extractors of wav2vec 2.0 do, so that silence stays finite.
            return np.asarray((windows_WT - mean_W1) / np.sqrt(variance_W1 + 1e-7), np.float32)
        low, high = self.expected.range
        if (low, high) == (-1.0, 1.0):
            return windows_WT
        return (windows_WT + np.float32(1.0)) * np.float32((high - low) / 2.0) + np.float32(low)


def sounds(windows_WT: npt.NDArray[Any], expected: NetworkSoundInput) -> Waveform:
    """Prepared windows of one length in the card's layout: (W, T), (W, 1, T) or (W, T, 1)."""
    values = np.asarray(windows_WT, np.float32)
    if expected.layout == "channels_first":
        return values[:, None, :]
    return values[:, :, None] if expected.layout == "channels_last" else values


def _windows(waveform: Waveform, expected: NetworkSoundInput) -> list[Waveform]:
    if expected.window_s is None:
        return [waveform]
    length = round(expected.window_s * expected.sample_rate_hz)
    duration_s = len(waveform) / expected.sample_rate_hz
    if len(waveform) < length:
        if expected.padding == "none":
            raise Unscored(Reason.TOO_SHORT, f"{duration_s:.3f} s; at least {expected.window_s:g} s")
        return [_padded(waveform, length, expected.padding)]
    if len(waveform) == length or expected.longer == "first":
        return [waveform[:length]]
    if expected.longer == "refuse":
        raise Unscored(Reason.TOO_LONG, f"{duration_s:.3f} s; the window is {expected.window_s:g} s")
    if expected.longer == "middle":
        start = (len(waveform) - length) // 2
        return [waveform[start : start + length]]
    # The last window ends with the clip, so that each is whole and nothing is left out.
    starts = [*range(0, len(waveform) - length, length), len(waveform) - length]
    return [waveform[start : start + length] for start in starts]


def _padded(waveform: Waveform, length: int, padding: str) -> Waveform:
    if padding == "repeat":
        return np.resize(waveform, length)
    return np.pad(waveform, (0, length - len(waveform)))
