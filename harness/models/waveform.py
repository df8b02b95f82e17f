"""The waveform of a clip in the form that the voice models need: mono, 16 kHz, within limits of length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.signals.audio import MIN_DURATION_S
from harness.signals.media import Audio, Audiovisual, Media
from harness.signals.voice_frames import SAMPLE_RATE


@dataclass(frozen=True)
class WaveformPreparer:
    """Media → float32 waveform at `SAMPLE_RATE`, shape (num_samples,). For worker processes.

    Attributes:
        max_duration_s: a longer clip raises `Unscored`, as does one shorter than `MIN_DURATION_S`.
    """

    max_duration_s: float

    def __call__(self, media: Media) -> npt.NDArray[np.float32]:
        """Check and resample one clip."""
        audio = media.audio if isinstance(media, Audiovisual) else media
        if not isinstance(audio, Audio):
            raise Unscored(Reason.NO_SIGNAL, "no voice in this sample")
        duration_s = len(audio.waveform) / audio.sample_rate
        if duration_s < MIN_DURATION_S:
            raise Unscored(Reason.TOO_SHORT, f"{duration_s:.3f} s; at least {MIN_DURATION_S:g} s")
        if duration_s > self.max_duration_s:
            raise Unscored(Reason.TOO_LONG, f"{duration_s:.1f} s; at most {self.max_duration_s:g} s")
        if audio.sample_rate == SAMPLE_RATE:
            return audio.waveform
        # Slow to import, and not needed if recordings already have this rate.
        import librosa

        resampled: npt.NDArray[np.float32] = librosa.resample(
            audio.waveform, orig_sr=audio.sample_rate, target_sr=SAMPLE_RATE, res_type="soxr_hq"
        )
        return resampled
