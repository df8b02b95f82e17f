"""Speech with a noise beside it: made noises, and the user's own recordings.

A mixture has the level of the speech alone, as in the published tests of speech emotion recognition
(github.com/audeering/ser-tests, Background Noise), so that a system which follows loudness sees the noise and no
change of level.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np

from harness.arrays import Floats
from harness.conditions.condition import LabelPreserving
from harness.conditions.levels import decibels, mixed
from harness.conditions.sound_pieces import needed_short_sounds, needed_sounds, sound_piece, whole_sound
from harness.conditions.sounds import SoundCondition
from harness.signals.media import Audio

SNR_DB = {1: 20.0, 2: 15.0, 3: 10.0, 4: 5.0, 5: 0.0}
"""Severity → ratio of speech to noise. The published tests use 20 dB."""

EVENT_SNR_DB = {1: 10.0, 2: 5.0, 3: 0.0}
"""The same for one cough or sneeze. The published tests use 10 dB."""

BAND_HZ = (20.0, 8_000.0)
"""Made noises fill this band, whatever the sample rate: a system that hears 16 kHz hears all of them."""

_SUITE = "audEERING ser-tests, Background Noise (arXiv:2312.06270)"


class Noise(SoundCondition):
    """A noise beside the speech, at a ratio that the severity states."""

    snr_db: ClassVar[Mapping[int, float]] = SNR_DB
    severities = {number: f"SNR {snr_db:g} dB" for number, snr_db in SNR_DB.items()}  # noqa: RUF012 (never changed)
    label_preserving = LabelPreserving.ASSUMED

    def changed(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """Speech and noise, at the level of the speech.

        Raises:
            Unscored: the speech is silent.
        """
        assert self.severity is not None, "a severity was asked for"
        noise = self.noise(audio, rng)
        return replace(audio, waveform=mixed(audio.waveform, noise, self.snr_db[self.severity]))

    @abstractmethod
    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """As long as the waveform, at any level."""


class WhiteNoise(Noise):
    """``voice/white_noise``: Gaussian noise of equal power per Hz up to 8 kHz."""

    source = _SUITE

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """Gaussian."""
        return coloured(rng, len(audio.waveform), audio.sample_rate, exponent=0.0)


class PinkNoise(Noise):
    """``voice/pink_noise``: Gaussian noise of equal power per octave, 20 Hz to 8 kHz."""

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """3 dB less per octave."""
        return coloured(rng, len(audio.waveform), audio.sample_rate, exponent=-0.5)


class SpeechShapedNoise(Noise):
    """``voice/speech_shaped_noise``: steady noise with the long-term spectrum of the very clip."""

    source = "phase randomisation: Theiler et al. 1992, Physica D 58, 77-94"

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """Same magnitudes, other phases."""
        spectrum = np.fft.rfft(audio.waveform.astype(np.float64))
        turned = spectrum * np.exp(2j * np.pi * rng.random(len(spectrum)))
        return np.asarray(np.fft.irfft(turned, len(audio.waveform)))


class Babble(Noise):
    """``voice/babble``: four to seven of your recordings of speech at once."""

    files = needed_sounds("recordings of speech")
    source = _SUITE

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """Each from a random place, 13 to 20 dB under its own level."""
        assert self.given is not None, "files were asked for"
        babble = np.zeros(len(audio.waveform))
        for _ in range(rng.integers(4, 8)):
            gain = decibels(-float(rng.integers(13, 21)))
            babble += gain * sound_piece(self.given, rng, len(audio.waveform), audio.sample_rate)
        return babble


class Music(Noise):
    """``voice/music``: one of your recordings of music, from a random place."""

    files = needed_sounds("recordings of music")
    source = _SUITE

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """A piece, repeated where the recording is shorter than the speech."""
        assert self.given is not None, "files were asked for"
        return sound_piece(self.given, rng, len(audio.waveform), audio.sample_rate)


class Environment(Music):
    """``voice/environment``: one of your recordings of surroundings, from a random place."""

    files = needed_sounds("recordings of surroundings, such as traffic, rain or an office")


class _Event(Noise):
    """One short sound at a random moment, cut off where the speech ends."""

    snr_db = EVENT_SNR_DB
    severities = {number: f"SNR {snr_db:g} dB" for number, snr_db in EVENT_SNR_DB.items()}  # noqa: RUF012
    source = _SUITE

    def noise(self, audio: Audio, rng: np.random.Generator) -> Floats:
        """Silent but for the event."""
        assert self.given is not None, "files were asked for"
        event = whole_sound(self.given, rng, audio.sample_rate)
        heard = np.zeros(len(audio.waveform))
        start = int(rng.random() * len(heard))
        heard[start : start + len(event)] = event[: len(heard) - start]
        return heard


class Coughing(_Event):
    """``voice/coughing``: one of your recordings of a cough, at a random moment."""

    files = needed_short_sounds("recordings of one cough each")


class Sneezing(_Event):
    """``voice/sneezing``: one of your recordings of a sneeze, at a random moment."""

    files = needed_short_sounds("recordings of one sneeze each")


def coloured(rng: np.random.Generator, num_samples: int, rate_hz: int, *, exponent: float) -> Floats:
    """Gaussian noise within `BAND_HZ` whose amplitude goes with a power of the frequency.

    Args:
        rng: of the sample.
        num_samples: of the noise.
        rate_hz: of the noise.
        exponent: 0 for white noise, -0.5 for pink noise.
    """
    frequency = np.fft.rfftfreq(num_samples, 1 / rate_hz)
    inside = (frequency >= BAND_HZ[0]) & (frequency <= BAND_HZ[1])
    shape = np.where(inside, np.maximum(frequency, BAND_HZ[0]) ** exponent, 0.0)
    return np.asarray(np.fft.irfft(np.fft.rfft(rng.standard_normal(num_samples)) * shape, num_samples))
