"""The bad mobile call of the published tests of speech emotion recognition."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import signal

from harness.arrays import Floats
from harness.conditions.codecs import amr_nb, coded, require_codec
from harness.conditions.condition import LabelPreserving
from harness.conditions.given_files import GivenFiles
from harness.conditions.levels import Waveform, as_loud_as, decibels, of_length
from harness.conditions.noises import coloured
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio
from harness.signals.resampling import resampled


class LowQualityPhone(SoundCondition):
    """``voice/low_quality_phone``: compressor, AMR-NB at 7.4 kbit/s, hiss: a bad mobile call."""

    label_preserving = LabelPreserving.ASSUMED
    source = "audEERING ser-tests, Low Quality Phone (arXiv:2312.06270)"

    codec = amr_nb(7.4)
    hiss_db = -25.0
    hiss_over_hz = 3_000.0

    def __init__(self, family: str, severity: int | None = None, given: GivenFiles | None = None) -> None:
        super().__init__(family, severity, given)
        require_codec(family, self.codec)

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """The published chain: full scale before and after the line, then the hiss, then the old level."""
        rate_hz = audio.sample_rate
        at_phone = resampled(audio.waveform, rate_hz, self.codec.rate_hz)
        compressed = np.clip(compress(_to_full_scale(at_phone), self.codec.rate_hz), -1.0, 1.0)
        decoded = resampled(coded(compressed, self.codec.rate_hz, self.codec), self.codec.rate_hz, rate_hz)
        heard = of_length(_to_full_scale(decoded), len(audio.waveform))
        hiss = coloured(rng, len(heard), rate_hz, exponent=-0.5)
        hiss *= decibels(self.hiss_db) / np.abs(hiss).max()
        if self.hiss_over_hz < rate_hz / 2:
            sections = signal.butter(2, self.hiss_over_hz, "highpass", fs=rate_hz, output="sos")
            hiss = signal.sosfilt(sections, hiss)
        return replace(audio, waveform=as_loud_as(audio.waveform, heard + hiss))


THRESHOLD_DB, RATIO, KNEE_DB = -20.0, 0.8, 4.0
ATTACK_S, RELEASE_S = 0.01, 0.02


def compress(waveform: Waveform, rate_hz: int) -> Waveform:
    """SoX's ``compand 0.01,0.02 4:-20,-16``: 4 dB more under -20 dB, above it 0.8 dB per dB, with a soft knee.

    Args:
        waveform: in [-1, 1].
        rate_hz: of the waveform.
    """
    level_db = 20 * np.log10(np.maximum(_envelope(np.abs(waveform), rate_hz), 1e-6))
    above_db = np.clip(level_db - (THRESHOLD_DB - KNEE_DB), 0.0, None)
    in_knee_db = np.minimum(above_db, 2 * KNEE_DB)
    slope = 1.0 - RATIO
    lost_db = slope * (in_knee_db**2 / (4 * KNEE_DB) + np.clip(above_db - 2 * KNEE_DB, 0.0, None))
    gain_db = THRESHOLD_DB * (RATIO - 1.0) - lost_db
    return np.asarray(waveform * 10.0 ** (gain_db / 20), np.float32)


def _envelope(amplitude: Waveform, rate_hz: int) -> Floats:
    """The amplitude, which is followed upwards and downwards with different speed."""
    rise, fall = (1.0 - np.exp(-1.0 / (rate_hz * time_s)) for time_s in (ATTACK_S, RELEASE_S))
    followed, level = [], 0.0
    for value in amplitude.tolist():
        level += (value - level) * (rise if value > level else fall)
        followed.append(level)
    return np.array(followed)


def _to_full_scale(waveform: Waveform) -> Waveform:
    peak = max(float(np.abs(waveform).max()), float(np.finfo(np.float32).tiny))
    return np.asarray(waveform / peak, np.float32)
