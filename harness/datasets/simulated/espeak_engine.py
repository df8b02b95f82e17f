"""Speakers and manners of eSpeak NG, which knows pitch, its range and rate itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np

from harness.datasets.simulated.espeak import Delivery, found_espeak
from harness.datasets.simulated.population import generator
from harness.datasets.simulated.speech_engine import Manner, Speaker, SpeechEngine
from harness.errors import HarnessError
from harness.signals.media import Audio

NEUTRAL_GAIN_DB = -12.0
"""Of the loudness that the program speaks with, so that no manner is clipped."""

ACCENTS = ("en-us", "en-gb-x-rp", "en-gb-scotland")
"""Those that take variants: eSpeak NG 1.51 speaks ``en-gb+f2`` as it speaks ``en-gb``."""

VARIANTS = {"f": ("f1", "f2", "f3", "f4", "f5"), "m": ("m1", "m2", "m3", "m4", "m5", "m6", "m7")}
SEXES = {"f": "female", "m": "male"}

PITCH_SPREAD = 5
"""Standard deviation of a speaker's pitch around that of the voice, in the program's units; at most twice that."""


class EspeakEngine(SpeechEngine):
    """The program on PATH; the same version gives the same sounds.

    Raises:
        HarnessError: it is not there.
    """

    def __init__(self) -> None:
        try:
            self._espeak = found_espeak()
        except HarnessError as error:
            raise HarnessError(f"{error} Or give your own recordings.") from None

    def facts(self) -> dict[str, Any]:
        """The program and its version."""
        return {"synthesiser": "eSpeak NG", "version": self._espeak.version}

    def speakers(self, seed: int, most: int) -> Sequence[Speaker]:
        """Accents and variants, drawn so that as many women as men speak as far as there are variants."""
        rng = generator(seed, "speakers")
        of_sex: dict[str, list[str]] = {
            sex: [f"{accent}+{variant}" for accent, variant in product(ACCENTS, names)]
            for sex, names in VARIANTS.items()
        }
        shuffled = {sex: [str(voice) for voice in rng.permutation(voices)] for sex, voices in of_sex.items()}
        voices = list(_alternating(shuffled["f"], shuffled["m"]))[:most]
        return [Speaker(voice, _accent(voice), _sex(voice), _pitch(seed, voice)) for voice in voices]

    def speak(self, text: str, speaker: Speaker, manner: Manner) -> Audio:
        """One utterance, spoken in the manner by the program, but for its level."""
        usual = manner.delivery
        own = Delivery(usual.pitch + speaker.pitch, usual.pitch_range, usual.words_per_minute)
        said = self._espeak.speak(text, speaker.voice, own)
        gain = np.float32(10 ** ((NEUTRAL_GAIN_DB + manner.level_db) / 20))
        return Audio(np.clip(said.waveform * gain, -1.0, 1.0), said.sample_rate)


def _accent(voice: str) -> str:
    return voice.partition("+")[0]


def _sex(voice: str) -> str:
    return SEXES[voice.partition("+")[2][0]]


def _pitch(seed: int, voice: str) -> int:
    drawn = round(float(generator(seed, "pitch", voice).normal(0.0, PITCH_SPREAD)))
    return max(-2 * PITCH_SPREAD, min(2 * PITCH_SPREAD, drawn))


def _alternating(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """One of each in turn, then what is left of the longer."""
    for index in range(max(len(first), len(second))):
        yield from first[index : index + 1]
        yield from second[index : index + 1]
