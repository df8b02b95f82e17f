"""Nothing is left to hear: what else a system is told decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio


class Silence(SoundCondition):
    """``voice/silence``: zeros of the same length. A system that still answers does so from something else."""

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Zeros."""
        return replace(audio, waveform=np.zeros_like(audio.waveform))
