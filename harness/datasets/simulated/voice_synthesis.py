"""Synthesises an utterance: a glottal source filtered by the resonances of a vocal tract (Fant 1960; Klatt 1980).

The source is Rosenberg's pulse (1971, doi:10.1121/1.1912389), differentiated for the radiation at the lips, with
jitter, shimmer, spectral tilt and aspiration noise. Every vowel and nasal is a cascade of resonators; transitions
between them are cross-fades of their outputs.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

from harness.arrays import Floats
from harness.datasets.simulated.voice_manner import Manner
from harness.datasets.simulated.voice_utterance import SoundKind, Utterance

SYNTHESIS_RATE = 16_000

FORMANTS_HZ: Mapping[str, tuple[float, ...]] = {
    "i": (270, 2290, 3010),
    "e": (530, 1840, 2480),
    "a": (730, 1090, 2440),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
    "m": (250, 1000, 2200),
    "n": (250, 1400, 2400),
}
"""Vowels: men's averages of Peterson and Barney (1952, doi:10.1121/1.1906875). Nasals: of similar size."""
HIGHER_FORMANTS_HZ = (3400.0, 4400.0)
BANDWIDTHS_HZ = (70.0, 90.0, 130.0, 200.0, 250.0)

NOISE_BANDS_HZ = {"s": (4_000, 7_500), "f": (1_500, 7_500), "t": (3_000, 7_000), "k": (1_400, 3_000)}
VOICE_GAIN: Mapping[SoundKind, float] = {"vowel": 1.0, "nasal": 0.35}
NOISE_GAIN: Mapping[SoundKind, float] = {"fricative": 0.12, "burst": 0.25}
RAMP_S = {"gain": 0.012, "tract": 0.025, "noise": 0.006}

OPENING, CLOSING = 0.40, 0.16
"""The shares of a period during which the glottis opens and closes."""
TILT_DB = 10.0
TILT_AT_HZ = 3_000.0
MIN_TILT_DB = 0.5
PERIOD_JITTER = 0.006
SHIMMER_PER_JITTER = 6.0
BREATH_DB = -30.0
LEVEL_DBFS = -27.0
MAX_PEAK = 0.9
BACKGROUND_DBFS = -66.0


@dataclass(frozen=True)
class Speaker:
    """The speaker's neutral voice.

    Attributes:
        f0_hz: mean F0 in a neutral manner.
        formant_scale: formants relative to an average man's: the inverse of the vocal tract's length.
        tilt: source attenuation at 3 kHz relative to the average voice, dB.
        breath: aspiration relative to the average voice, dB.
    """

    f0_hz: float
    formant_scale: float
    tilt: float = 0.0
    breath: float = 0.0


def synthesise(
    utterance: Utterance, speaker: Speaker, manner: Manner, rng: np.random.Generator
) -> npt.NDArray[np.float32]:
    """Synthesise an utterance: mono at `SYNTHESIS_RATE`, with peaks of at most `MAX_PEAK`."""
    time_s = np.arange(round(utterance.duration_s * SYNTHESIS_RATE)) / SYNTHESIS_RATE
    f0_hz = f0(utterance, speaker, time_s)
    source = _source(f0_hz, speaker, manner, rng) * _gain(utterance, VOICE_GAIN, time_s)
    voice = _tract(utterance, speaker.formant_scale, source, time_s)
    voice /= np.sqrt(np.mean(np.square(voice[_is_vowel(utterance, time_s)])))
    speech = voice + _noises(utterance, time_s, rng)
    speech *= 10 ** ((LEVEL_DBFS + manner.level) / 20)
    speech += 10 ** (BACKGROUND_DBFS / 20) * rng.normal(size=len(speech))
    bounded: Floats = speech * min(1.0, MAX_PEAK / np.abs(speech).max())
    return bounded.astype(np.float32)


def f0(utterance: Utterance, speaker: Speaker, time_s: Floats) -> Floats:
    """The intended F0 in Hz."""
    octaves: Floats = np.interp(time_s, utterance.f0_time_s, utterance.f0_st) / 12
    return np.asarray(speaker.f0_hz * np.exp2(octaves))


def _source(f0_hz: Floats, speaker: Speaker, manner: Manner, rng: np.random.Generator) -> Floats:
    phase = np.cumsum(f0_hz) / SYNTHESIS_RATE
    irregularity = PERIOD_JITTER * 2.0**manner.jitter
    num_periods = int(phase[-1]) + 3
    phase = phase + np.interp(phase, np.arange(num_periods), irregularity * rng.normal(size=num_periods))
    amplitude = 1 + SHIMMER_PER_JITTER * irregularity * rng.normal(size=num_periods)
    flow = _glottal_flow(phase % 1.0) * amplitude[np.floor(phase).astype(int)]
    pulses = np.diff(flow, prepend=flow[0])
    pulses = _tilted(pulses / pulses.std(), TILT_DB + speaker.tilt + manner.tilt)
    # Aspiration is audible while the glottis is open.
    aspiration: Floats = rng.normal(size=len(pulses)) * (0.3 + flow)
    breath: float = 10 ** ((BREATH_DB + speaker.breath + manner.breath) / 20)
    return pulses + breath * aspiration


def _glottal_flow(phase: Floats) -> Floats:
    opening = 0.5 * (1 - np.cos(np.pi * phase / OPENING))
    closing = np.cos(0.5 * np.pi * (phase - OPENING) / CLOSING)
    return np.where(phase < OPENING, opening, np.where(phase < OPENING + CLOSING, closing, 0.0))


def _tilted(signal: Floats, attenuation_db: float) -> Floats:
    """A low-pass of one pole that attenuates `TILT_AT_HZ` by this many dB (Klatt's TL)."""
    power = 10 ** (-max(attenuation_db, MIN_TILT_DB) / 10)
    half = 1 - power * np.cos(2 * np.pi * TILT_AT_HZ / SYNTHESIS_RATE)
    pole = (half - np.sqrt(half**2 - (1 - power) ** 2)) / (1 - power)
    return np.asarray(lfilter([1 - pole], [1, -pole], signal))


def _tract(utterance: Utterance, scale: float, source: Floats, time_s: Floats) -> Floats:
    shapes = [sound.tract for sound in utterance.sounds]
    edges_s = _plateaus(utterance, RAMP_S["tract"])
    total = np.zeros_like(source)
    for shape in sorted(set(shapes)):
        weight = np.repeat([float(name == shape) for name in shapes], 2)
        total += np.interp(time_s, edges_s, weight) * sosfilt(_resonators(shape, scale), source)
    return total


def _resonators(shape: str, scale: float) -> Floats:
    """Second-order sections (Klatt 1980, eq. 1) of the formants."""
    frequency = scale * np.array([*FORMANTS_HZ[shape], *HIGHER_FORMANTS_HZ])
    radius = np.exp(-np.pi * np.array(BANDWIDTHS_HZ) / SYNTHESIS_RATE)
    b = 2 * radius * np.cos(2 * np.pi * frequency / SYNTHESIS_RATE)
    c = -(radius**2)
    zero, one = np.zeros_like(b), np.ones_like(b)
    return np.column_stack([1 - b - c, zero, zero, one, -b, -c])


def _noises(utterance: Utterance, time_s: Floats, rng: np.random.Generator) -> Floats:
    white = rng.normal(size=len(time_s))
    total = np.zeros_like(white)
    for name, band in NOISE_BANDS_HZ.items():
        gains = [NOISE_GAIN.get(sound.kind, 0.0) * (sound.name == name) for sound in utterance.sounds]
        if any(gains):
            gain = np.interp(time_s, _plateaus(utterance, RAMP_S["noise"]), np.repeat(gains, 2))
            total += gain * sosfilt(_band_pass(*band), white)
    return total


@functools.cache
def _band_pass(low_hz: float, high_hz: float) -> Floats:
    return np.asarray(butter(2, (low_hz, high_hz), "bandpass", fs=SYNTHESIS_RATE, output="sos"))


def _gain(utterance: Utterance, gains: Mapping[SoundKind, float], time_s: Floats) -> Floats:
    values = np.repeat([gains.get(sound.kind, 0.0) for sound in utterance.sounds], 2)
    return np.asarray(np.interp(time_s, _plateaus(utterance, RAMP_S["gain"]), values))


def _is_vowel(utterance: Utterance, time_s: Floats) -> npt.NDArray[np.bool_]:
    return _gain(utterance, {"vowel": 1.0}, time_s) > 0.5


def _plateaus(utterance: Utterance, ramp_s: float) -> Floats:
    """Two points in time per sound, between which it is steady; sounds fade over `ramp_s` on both sides."""
    bounds = np.array([(sound.start_s, sound.end_s) for sound in utterance.sounds])
    inset = np.minimum(ramp_s / 2, np.diff(bounds, axis=1) / 3)
    return np.asarray(bounds + inset * np.array([1.0, -1.0])).ravel()
