"""The fundamental frequency of one clip over time, by `harness.signals.pitch`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from harness.arrays import Floats
from harness.signals import pitch, voice_frames
from harness.signals.resampling import resampled


@dataclass(frozen=True)
class F0Track:
    """Frames of a clip, 10 ms apart.

    Attributes:
        time_s: the middle of each frame, shape (num_frames,).
        f0_hz: NaN where the frame is unvoiced, shape (num_frames,).
    """

    time_s: Floats
    f0_hz: Floats

    @property
    def median_hz(self) -> float:
        """Of the voiced frames; NaN without any."""
        voiced = self.f0_hz[np.isfinite(self.f0_hz)]
        return float(np.median(voiced)) if len(voiced) else float("nan")

    def at(self, time_s: Floats | float) -> Floats:
        """F0 at some moments: that of the nearest frame, NaN where it is unvoiced."""
        if not len(self.time_s):
            return np.full(np.shape(time_s), np.nan)
        step_s = self.time_s[1] - self.time_s[0] if len(self.time_s) > 1 else 1.0
        nearest = np.rint((np.asarray(time_s) - self.time_s[0]) / step_s).astype(np.int64)
        return np.asarray(self.f0_hz[np.clip(nearest, 0, len(self.f0_hz) - 1)])


def f0_track(waveform: npt.NDArray[np.float32], rate_hz: int) -> F0Track:
    """Follow the fundamental frequency.

    Args:
        waveform: mono, in [-1, 1]; without any frames if it is shorter than 45 ms.
        rate_hz: of the waveform.
    """
    clip = torch.as_tensor(resampled(waveform, rate_hz, voice_frames.SAMPLE_RATE)).double()
    num_frames = voice_frames.num_frames(len(clip))
    if num_frames == 0:
        return F0Track(np.empty(0), np.empty(0))
    found = pitch.candidates_of_clip(voice_frames.frames(clip), clip.abs().amax(), voice_frames.SAMPLE_RATE)
    hop_s = voice_frames.HOP / voice_frames.SAMPLE_RATE
    is_frame = torch.ones(1, num_frames, dtype=torch.bool)
    frequency, _ = pitch.best_path(found, is_frame, hop_s)
    middle_s = voice_frames.FRAME / 2 / voice_frames.SAMPLE_RATE
    return F0Track(middle_s + hop_s * np.arange(num_frames, dtype=np.float64), frequency[0].numpy())
