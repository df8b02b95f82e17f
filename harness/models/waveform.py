"""The waveform of a clip, as the systems that hear take it: mono, at their rate, of a sensible length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.signals.audio import MIN_DURATION_S
from harness.signals.media import Audio, Media, Video
from harness.signals.resampling import resampled


@dataclass(frozen=True)
class WaveformPreparer:
    """Media → float32 waveform, shape (num_samples,). For worker processes.

    Attributes:
        sample_rate_hz: of the waveform, as the model's card says.
        max_duration_s: a longer clip raises `Unscored`, as does one shorter than `MIN_DURATION_S`.
    """

    sample_rate_hz: int
    max_duration_s: float

    def __call__(self, media: Media) -> npt.NDArray[np.float32]:
        """Check and resample one clip."""
        audio = media.sound if isinstance(media, Video) else media
        if not isinstance(audio, Audio):
            raise Unscored(Reason.NO_SIGNAL, "no voice in this sample")
        duration_s = len(audio.waveform) / audio.sample_rate
        if duration_s < MIN_DURATION_S:
            raise Unscored(Reason.TOO_SHORT, f"{duration_s:.3f} s; at least {MIN_DURATION_S:g} s")
        if duration_s > self.max_duration_s:
            raise Unscored(Reason.TOO_LONG, f"{duration_s:.1f} s; at most {self.max_duration_s:g} s")
        return resampled(audio.waveform, audio.sample_rate, self.sample_rate_hz)
