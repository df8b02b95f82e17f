"""The sounds of an utterance with their timing and F0: the input of the synthesiser.

A sentence is a sequence of syllables, each a consonant and a vowel. Timing and F0 are determined here; the sound
is synthesised in `voice_synthesis`.

Shapes: V vowels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.arrays import Floats
from harness.datasets.simulated.voice_manner import Manner

SENTENCES = ("ma ti no ke su ma", "fe ka mi to nu sa", "so ni ta ke mu fa", "ki fa ne mo tu si")
"""Nonsense, so that words carry no emotion; every sentence is spoken in every manner."""

DURATIONS_S = {"vowel": 0.13, "nasal": 0.07, "fricative": 0.10, "stop": 0.07, "burst": 0.02}
FINAL_LENGTHENING = 1.4
PAUSE_S = (0.20, 0.40)
EDGE_S = 0.08
"""Silence before and after."""
DECLINATION_ST = -2.0
ACCENT_ST = 3.0
NUM_ACCENTS = 2
MICRO_ST = 0.4

SoundKind = Literal["vowel", "nasal", "fricative", "stop", "burst", "pause"]


@dataclass(frozen=True)
class Sound:
    """One sound of an utterance: its letter, and the shape of the vocal tract."""

    kind: SoundKind
    name: str
    tract: str
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Utterance:
    """Sounds without gaps, and F0 at points in time, in semitones above the speaker's mean."""

    sounds: tuple[Sound, ...]
    f0_time_s: Floats
    f0_st: Floats

    @property
    def duration_s(self) -> float:
        """Duration, including the silence at both ends."""
        return self.sounds[-1].end_s


def compose(sentence: str, manner: Manner, rng: np.random.Generator) -> Utterance:
    """Determine the timing and F0 of a sentence."""
    syllables = sentence.split()
    sounds = _timing(syllables, 2.0**manner.rate, _pauses(len(syllables), manner.pauses, rng), rng)
    vowels = [sound for sound in sounds if sound.kind == "vowel"]
    return Utterance(tuple(sounds), *_melody(vowels, manner, rng))


def _pauses(num_syllables: int, expected: float, rng: np.random.Generator) -> set[int]:
    """The syllables that are followed by a pause; never the last."""
    share = min(max(expected, 0.0) / (num_syllables - 1), 0.5)
    return {int(index) for index in np.flatnonzero(rng.random(num_syllables - 1) < share)}


def _timing(syllables: Sequence[str], rate: float, pauses: set[int], rng: np.random.Generator) -> list[Sound]:
    sounds = [Sound("pause", "", syllables[0][1], 0.0, EDGE_S)]

    def add(kind: SoundKind, name: str, tract: str, duration_s: float) -> None:
        start_s = sounds[-1].end_s
        sounds.append(Sound(kind, name, tract, start_s, start_s + duration_s))

    for index, syllable in enumerate(syllables):
        consonant, vowel = syllable[0], syllable[1]
        stretch = (FINAL_LENGTHENING if index == len(syllables) - 1 else 1.0) * 2 ** (0.15 * rng.normal()) / rate
        for kind in _CONSONANT_PARTS[consonant]:
            tract = consonant if kind == "nasal" else vowel
            add(kind, consonant, tract, DURATIONS_S[kind] * stretch)
        add("vowel", vowel, vowel, DURATIONS_S["vowel"] * stretch)
        if index in pauses:
            add("pause", "", vowel, rng.uniform(*PAUSE_S) / rate)
    add("pause", "", syllables[-1][1], EDGE_S)
    return sounds


_CONSONANT_PARTS: dict[str, tuple[SoundKind, ...]] = {
    "m": ("nasal",),
    "n": ("nasal",),
    "s": ("fricative",),
    "f": ("fricative",),
    "t": ("stop", "burst"),
    "k": ("stop", "burst"),
}


def _melody(vowels: Sequence[Sound], manner: Manner, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Declination, accents on some vowels, and the movement within the last one; mean over the vowels is `f0`."""
    size = 2.0**manner.f0_range
    accent_V = np.zeros(len(vowels))
    accent_V[rng.choice(len(vowels) - 1, NUM_ACCENTS, replace=False)] = rng.uniform(0.7, 1.3, NUM_ACCENTS)
    fall_V = np.linspace(0, 1, len(vowels))
    centre_V = size * (DECLINATION_ST * fall_V + ACCENT_ST * accent_V + MICRO_ST * rng.normal(size=len(vowels)))
    centre_V += manner.f0 - centre_V.mean()
    # F0 is constant around the middle of a vowel and glides through consonants; in the last vowel it moves to the
    # end.
    held = [(0.75 * v.start_s + 0.25 * v.end_s, 0.25 * v.start_s + 0.75 * v.end_s) for v in vowels]
    held[-1] = (held[-1][0], vowels[-1].end_s)
    f0_st = np.repeat(centre_V, 2)
    f0_st[-1] += manner.f0_end
    return np.array(held).ravel(), f0_st
