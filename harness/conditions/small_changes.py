"""Changes that a listener hardly hears, after which a system should answer as before.

They are those of the published tests (audEERING ser-tests, Small Changes), which draw one of the strengths for
every clip; here each is a severity, the weakest first. Numbers of samples are those at 16 kHz, and stand for as
long a time at other rates.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

import numpy as np
from scipy import signal

from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import Waveform, decibels
from harness.conditions.noises import WhiteNoise
from harness.conditions.sounds import SoundCondition
from harness.errors import Reason, Unscored
from harness.signals.media import Audio

SUITE_RATE_HZ = 16_000

LENGTHS = {number: f"{samples} samples at 16 kHz" for number, samples in ((1, 100), (2, 500), (3, 1_000))}


class SmallChange(SoundCondition):
    """One number, which the severity chooses."""

    strengths: ClassVar[Mapping[int, float]]
    label_preserving = LabelPreserving.ASSUMED
    source = "audEERING ser-tests, Small Changes (arXiv:2312.06270): inaudible or subtle by ear"

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """The waveform with the change, cut off at full scale as by any recorder.

        Raises:
            Unscored: its sample rate or its length does not allow the change.
        """
        assert self.severity is not None, "a severity was asked for"
        waveform = self.with_strength(audio, self.strengths[self.severity], rng)
        return replace(audio, waveform=np.clip(np.ascontiguousarray(waveform, np.float32), -1.0, 1.0))

    @abstractmethod
    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:
        """The waveform of the change in that strength."""


class Tone(SmallChange):
    """``voice/tone``: a tone of 5 to 7 kHz, far under the peak of the speech."""

    strengths = {1: 50.0, 2: 45.0, 3: 40.0}  # noqa: RUF012 (never changed)
    severities = {number: f"peak {snr:g} dB under that of the speech" for number, snr in strengths.items()}  # noqa: RUF012

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:
        """Speech and tone."""
        frequency_hz = float(rng.integers(5_000, 7_001))
        _require_band(audio, frequency_hz)
        peak = float(np.abs(audio.waveform).max()) / decibels(strength)
        time_s = np.arange(len(audio.waveform)) / audio.sample_rate
        return np.asarray(audio.waveform + peak * np.sin(2 * np.pi * frequency_hz * time_s), np.float32)


class _Length(SmallChange):
    strengths = {1: 100.0, 2: 500.0, 3: 1_000.0}  # noqa: RUF012 (never changed)
    severities = LENGTHS


class AppendZeros(_Length):
    """``voice/append_zeros``: 6 to 63 ms of digital silence after the end."""

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """The waveform, then zeros."""
        return np.pad(audio.waveform, (0, _samples(audio, strength)))


class PrependZeros(_Length):
    """``voice/prepend_zeros``: 6 to 63 ms of digital silence before the beginning."""

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """Zeros, then the waveform."""
        return np.pad(audio.waveform, (_samples(audio, strength), 0))


class CropBeginning(_Length):
    """``voice/crop_beginning``: 6 to 63 ms less at the beginning."""

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """The rest."""
        return audio.waveform[_cropped(audio, strength) :]


class CropEnd(_Length):
    """``voice/crop_end``: 6 to 63 ms less at the end."""

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """What is before."""
        return audio.waveform[: len(audio.waveform) - _cropped(audio, strength)]


class Clip(SmallChange):
    """``voice/clip``: the samples of largest amplitude are cut off at the amplitude of the next one."""

    strengths = {1: 0.001, 2: 0.002, 3: 0.003}  # noqa: RUF012 (never changed)
    severities = {number: f"{share:.1%} of the samples" for number, share in strengths.items()}  # noqa: RUF012

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """No sample beyond the amplitude that the others keep."""
        amplitude = np.sort(np.abs(audio.waveform))
        highest = amplitude[len(amplitude) - 1 - int(strength * len(amplitude))]
        return np.asarray(np.clip(audio.waveform, -highest, highest), np.float32)


class SmallGain(SmallChange):
    """``voice/small_gain``: a level that is 1 or 2 dB lower or higher, cut off at full scale."""

    graded = False  # lower and higher by turns
    strengths = {1: -1.0, 2: 1.0, 3: -2.0, 4: 2.0}  # noqa: RUF012 (never changed)
    severities = {number: f"{gain_db:+g} dB" for number, gain_db in strengths.items()}  # noqa: RUF012

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """The waveform times 10^(gain / 20)."""
        return np.asarray(audio.waveform * decibels(strength), np.float32)


class _Filter(SmallChange):
    kind: ClassVar[Literal["highpass", "lowpass"]]

    def with_strength(self, audio: Audio, strength: float, rng: np.random.Generator) -> Waveform:  # noqa: ARG002
        """Through a Butterworth filter of first order."""
        _require_band(audio, strength)
        sections = signal.butter(1, strength, self.kind, fs=audio.sample_rate, output="sos")
        return np.asarray(signal.sosfilt(sections, audio.waveform), np.float32)


class HighPass(_Filter):
    """``voice/high_pass``: what is under 50 to 150 Hz is weaker (Butterworth, first order)."""

    kind = "highpass"
    strengths = {1: 50.0, 2: 100.0, 3: 150.0}  # noqa: RUF012 (never changed)
    severities = {number: f"{cutoff_hz:g} Hz" for number, cutoff_hz in strengths.items()}  # noqa: RUF012


class LowPass(_Filter):
    """``voice/low_pass``: what is over 7.5 to 6.5 kHz is weaker (Butterworth, first order)."""

    kind = "lowpass"
    strengths = {1: 7_500.0, 2: 7_000.0, 3: 6_500.0}  # noqa: RUF012 (never changed)
    severities = {number: f"{cutoff_hz:g} Hz" for number, cutoff_hz in strengths.items()}  # noqa: RUF012


class FaintNoise(WhiteNoise):
    """``voice/faint_noise``: white noise that is hardly heard."""

    snr_db = {1: 45.0, 2: 40.0, 3: 35.0}  # noqa: RUF012 (never changed)
    severities = {number: f"SNR {snr_db:g} dB" for number, snr_db in snr_db.items()}  # noqa: RUF012
    source = SmallChange.source


def _samples(audio: Audio, at_suite_rate: float) -> int:
    return round(at_suite_rate * audio.sample_rate / SUITE_RATE_HZ)


def _cropped(audio: Audio, at_suite_rate: float) -> int:
    num_samples = _samples(audio, at_suite_rate)
    if num_samples >= len(audio.waveform):
        raise Unscored(Reason.NOT_APPLICABLE, "the clip is no longer than what would be cropped")
    return num_samples


def _require_band(audio: Audio, frequency_hz: float) -> None:
    if frequency_hz >= audio.sample_rate / 2:
        raise Unscored(
            Reason.NOT_APPLICABLE, f"a sample rate of {audio.sample_rate} Hz is too low for {frequency_hz:g} Hz"
        )
