"""Conditions of the spectrum: tilt, and speech of which the words are filtered out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy import signal

from harness.arrays import Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import as_loud_as
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio

TILTED_HZ = (125.0, 8_000.0)
"""The tilt ends at these frequencies, six octaves apart; its pivot, 1 kHz, is their geometric mean."""

_PIVOT_HZ = 1_000.0
_PADDING_S = 0.1

SLOPES_DB = {1: 1.5, 2: 3.0, 3: 6.0}
"""Severity → slope in dB per octave."""


class _Shaped(SoundCondition):
    """Another spectrum at the same level and without a delay."""

    label_preserving = LabelPreserving.ASSUMED

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Every frequency times its gain."""
        around = round(_PADDING_S * audio.sample_rate)
        padded = np.pad(audio.waveform.astype(np.float64), around)
        gain = self.gain(np.asarray(np.fft.rfftfreq(len(padded), 1 / audio.sample_rate), np.float64))
        shaped = np.fft.irfft(np.fft.rfft(padded) * gain, len(padded))[around : len(padded) - around]
        return replace(audio, waveform=as_loud_as(audio.waveform, shaped))

    @abstractmethod
    def gain(self, frequency_hz: Floats) -> Floats:
        """The factor of each frequency."""


class _Tilt(_Shaped):
    sign: ClassVar[float]
    source = (
        "audEERING ser-tests, Spectral Tilt (arXiv:2312.06270), whose filters are published as sound files only: "
        "the slopes are ours"
    )

    def gain(self, frequency_hz: Floats) -> Floats:
        """A straight line in dB over octaves."""
        assert self.severity is not None, "a severity was asked for"
        octaves = np.log2(np.clip(frequency_hz, *TILTED_HZ) / _PIVOT_HZ)
        return np.asarray(10.0 ** (self.sign * SLOPES_DB[self.severity] * octaves / 20))


class TiltDown(_Tilt):
    """``voice/tilt_down``: high frequencies weaker, low ones stronger, as in a softer voice, at the same level."""

    sign = -1.0
    severities = {number: f"-{slope_db:g} dB per octave" for number, slope_db in SLOPES_DB.items()}  # noqa: RUF012


class TiltUp(_Tilt):
    """``voice/tilt_up``: high frequencies stronger, low ones weaker, as in a raised voice, at the same level."""

    sign = 1.0
    severities = {number: f"+{slope_db:g} dB per octave" for number, slope_db in SLOPES_DB.items()}  # noqa: RUF012


class ProsodyOnly(SoundCondition):
    """``voice/prosody_only``: filtered speech: melody, loudness and timing are heard, the words are not."""

    label_preserving = LabelPreserving.UNKNOWN
    severities: ClassVar[Mapping[int, str]] = {}
    source = "Rogers, Scherer & Rosenthal 1971, Behavior Research Methods & Instrumentation 3, 16-18; 400 Hz"

    cutoff_hz = 400.0
    order = 8
    """In both directions, so that nothing is delayed: 6 dB down at the cutoff, 96 dB an octave above."""

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Butterworth low-pass, at the level that the clip had."""
        sections = signal.butter(self.order, self.cutoff_hz, fs=audio.sample_rate, output="sos")
        around = min(len(audio.waveform) - 1, round(_PADDING_S * audio.sample_rate))
        filtered = signal.sosfiltfilt(sections, audio.waveform.astype(np.float64), padlen=around)
        return replace(audio, waveform=as_loud_as(audio.waveform, filtered))
