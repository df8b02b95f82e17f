"""Conditions of calls: codecs, and the band of the telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy import signal

from harness.conditions.codecs import A_LAW, MU_LAW, Codec, amr_nb, coded, opus, require_codec
from harness.conditions.condition import LabelPreserving
from harness.conditions.given_files import GivenFiles
from harness.conditions.levels import Waveform, as_loud_as, at_line_level
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio

BAND_HZ = (300.0, 3_400.0)
"""The band of a telephone line (ITU-T G.712)."""

_BAND_ORDER = 4


class Coded(SoundCondition):
    """Speech after it went through a codec, at the rate and level that it had."""

    codecs: ClassVar[Mapping[int, Codec]]
    label_preserving = LabelPreserving.ASSUMED

    def __init__(self, family: str, severity: int | None = None, given: GivenFiles | None = None) -> None:
        super().__init__(family, severity, given)
        assert severity is not None, "a severity was asked for"
        self.codec = self.codecs[severity]
        require_codec(family, self.codec)

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:  # noqa: ARG002 (nothing is drawn)
        """Coded and decoded, at the level of calls, so that it does not matter how loud the recording is."""
        decoded = coded(at_line_level(audio.waveform), audio.sample_rate, self.codec)
        return replace(audio, waveform=as_loud_as(audio.waveform, decoded))


class G711(Coded):
    """``voice/g711``: the codec of fixed lines, 8 kHz: of Europe (1), or of North America and Japan (2)."""

    graded = False
    codecs = {1: A_LAW, 2: MU_LAW}  # noqa: RUF012 (never changed)
    severities = {number: str(codec) for number, codec in codecs.items()}  # noqa: RUF012
    source = "ITU-T G.711"


class AmrNb(Coded):
    """``voice/amr_nb``: the codec of mobile calls, 8 kHz, at its eight rates."""

    codecs = {  # noqa: RUF012 (never changed)
        number: amr_nb(rate) for number, rate in enumerate((12.2, 10.2, 7.95, 7.4, 6.7, 5.9, 5.15, 4.75), start=1)
    }
    severities = {number: str(codec) for number, codec in codecs.items()}  # noqa: RUF012
    source = "3GPP TS 26.071 (OpenCORE)"


class Opus(Coded):
    """``voice/opus``: the codec of calls over the Internet, at constant rates."""

    codecs = {number: opus(rate) for number, rate in enumerate((64, 32, 16, 8, 6), start=1)}  # noqa: RUF012
    severities = {number: str(codec) for number, codec in codecs.items()}  # noqa: RUF012
    source = "RFC 6716 (libopus)"


class Telephone(Coded):
    """``voice/telephone``: the telephone band, 300 to 3400 Hz, then the codec of a fixed or a mobile line."""

    codecs = {1: A_LAW, 2: amr_nb(12.2), 3: amr_nb(7.4), 4: amr_nb(4.75)}  # noqa: RUF012 (never changed)
    severities = {number: f"300 to 3400 Hz, {codec}" for number, codec in codecs.items()}  # noqa: RUF012
    source = "ITU-T G.712 (band), G.711; 3GPP TS 26.071 (OpenCORE)"

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """Band, codec."""
        narrow = replace(audio, waveform=in_telephone_band(audio.waveform, audio.sample_rate))
        decoded = super().changed(narrow, rng).waveform
        return replace(audio, waveform=as_loud_as(audio.waveform, decoded))


def in_telephone_band(waveform: Waveform, rate_hz: int) -> Waveform:
    """Butterworth band-pass of fourth order; where the recording itself ends lower, its high side is left out."""
    low, high = BAND_HZ
    edges, kind = ((low, high), "bandpass") if high < rate_hz / 2 else (low, "highpass")
    sections = signal.butter(_BAND_ORDER, edges, kind, fs=rate_hz, output="sos")
    return np.asarray(signal.sosfilt(sections, waveform), np.float32)
