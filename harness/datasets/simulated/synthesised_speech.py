"""Sentences spoken by a synthesiser, in which the words express one emotion and the manner another, or none.

Every speaker says neutral words, words that match the manner and words that contradict it, in every manner: the
design of LISTEN (arXiv 2510.10444), with explicit and implicit words as in EMIS (arXiv 2510.25054). A speaker is
an accent of English with a variant of the synthesiser's voice. The sentences stand in the card.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from harness.cards.facts import DatasetCard
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.simulated.espeak import Delivery, found_espeak
from harness.datasets.simulated.population import generator
from harness.errors import HarnessError
from harness.signals.media import Audio
from harness.tables.samples import samples_table

NEUTRAL = "neutral"
MANNERS: Mapping[str, tuple[Delivery, float]] = {
    "anger": (Delivery(pitch=65, pitch_range=140, words_per_minute=200), 8.0),
    "happiness": (Delivery(pitch=75, pitch_range=190, words_per_minute=185), 4.0),
    "sadness": (Delivery(pitch=38, pitch_range=40, words_per_minute=125), -6.0),
    NEUTRAL: (Delivery(pitch=50, pitch_range=100, words_per_minute=165), 0.0),
}
"""Label → how it is spoken, and its level in dB above neutral. Directions as in Banse and Scherer (1996,
doi:10.1037/0022-3514.70.3.614) and Juslin and Laukka (2003, doi:10.1037/0033-2909.129.5.770); sizes are chosen."""

NEUTRAL_GAIN_DB = -12.0
"""Of the loudness that the program speaks with, so that no manner is clipped."""

ACCENTS = ("en-us", "en-gb-x-rp", "en-gb-scotland")
"""Those that take variants: eSpeak NG 1.51 speaks ``en-gb+f2`` as it speaks ``en-gb``."""

VARIANTS = {"f": ("f1", "f2", "f3", "f4", "f5"), "m": ("m1", "m2", "m3", "m4", "m5", "m6", "m7")}
SEXES = {"f": "female", "m": "male"}

PITCH_SPREAD = 5
"""Standard deviation of a speaker's pitch around that of the voice, in the program's units; at most twice that."""

Arm = Literal["neutral", "matching", "conflicting"]


class SynthesisedSpeechOptions(ReaderOptions):
    """The options.

    Attributes:
        subjects: how many speakers, at most one for each accent and variant.
        samples_per_arm: how often each speaker says neutral, matching and conflicting words in each manner.
        seed: of who speaks, and with which pitch.
    """

    subjects: int = Field(default=24, ge=1, le=36)
    samples_per_arm: int = Field(default=1, ge=1, le=6)
    seed: int = Field(default=0, ge=0)


class SynthesisedSpeechReader(Reader[SynthesisedSpeechOptions]):
    """Sentences that eSpeak NG speaks when they are needed; the same version gives the same sounds."""

    Options = SynthesisedSpeechOptions
    needs_root: ClassVar[bool] = False

    def __init__(self, card: DatasetCard, root: Any, options: SynthesisedSpeechOptions) -> None:
        super().__init__(card, root, options)
        try:
            self._espeak = found_espeak()
        except HarnessError as error:
            raise HarnessError(f"dataset {card.name}: {error} Or give your own recordings.") from None

    def facts(self) -> dict[str, Any]:
        """The program and its version."""
        return {"synthesiser": "eSpeak NG", "version": self._espeak.version}

    def samples(self) -> pa.Table:
        """A row per speaker, manner and arm; a neutral manner has no matching words but the neutral ones."""
        rows = [
            self._row(number, voice, label, arm, turn)
            for number, voice in enumerate(self._voices())
            for label, arm in product(MANNERS, ("neutral", "matching", "conflicting"))
            if (label, arm) != (NEUTRAL, "matching")
            for turn in range(self.options.samples_per_arm)
        ]
        return samples_table(rows)

    def load(self, sample: Sample) -> Audio:
        """The utterance, at the program's own rate, one to five seconds long.

        Raises:
            Unscored: the program failed (``crashed``) or hangs (``timeout``).
        """
        delivery, level_db = MANNERS[sample["label"]]
        own = Delivery(
            delivery.pitch + int(sample["ctx.pitch_of_speaker"]), delivery.pitch_range, delivery.words_per_minute
        )
        said = self._espeak.speak(sample["ctx.text"], sample["ctx.voice"], own)
        gain = np.float32(10 ** ((NEUTRAL_GAIN_DB + level_db) / 20))
        return Audio(np.clip(said.waveform * gain, -1.0, 1.0), said.sample_rate)

    def _voices(self) -> Sequence[str]:
        """Accents and variants, drawn so that as many women as men speak as far as there are variants."""
        rng = generator(self.options.seed, "speakers")
        of_sex: dict[str, list[str]] = {
            sex: [f"{accent}+{variant}" for accent, variant in product(ACCENTS, names)]
            for sex, names in VARIANTS.items()
        }
        shuffled = {sex: [str(voice) for voice in rng.permutation(voices)] for sex, voices in of_sex.items()}
        return list(_alternating(shuffled["f"], shuffled["m"]))[: self.options.subjects]

    def _row(self, number: int, voice: str, label: str, arm: str, turn: int) -> dict[str, Any]:
        subject = f"voice{number + 1:02d}"
        turn_of_words = number // 2 + turn  # a woman and a man say the same
        words = _words_label(label, arm, turn_of_words)
        kind, text = self._sentence(words, turn_of_words)
        pitch = round(float(generator(self.options.seed, "pitch", voice).normal(0.0, PITCH_SPREAD)))
        return {
            "sample_id": f"synthesised/{subject}/{label}-{arm}-{turn + 1}",
            "modality": "voice",
            "subject_id": subject,
            "label": label,
            "label_source": self.card.label_source,
            "attr.sex": SEXES[voice.partition("+")[2][0]],
            "attr.accent": voice.partition("+")[0],
            "ctx.text": text,
            "ctx.words_label": words,
            "ctx.words_kind": kind,
            "ctx.voice": voice,
            "ctx.pitch_of_speaker": max(-2 * PITCH_SPREAD, min(2 * PITCH_SPREAD, pitch)),
        }

    def _sentence(self, words: str | None, turn: int) -> tuple[str, str]:
        """How the words express their emotion, and a sentence; implicit and explicit ones take turns."""
        sentences = self.card.details["sentences"]
        if words is None:
            kind, found = NEUTRAL, sentences[NEUTRAL]
        else:
            kind = ("implicit", "explicit")[turn % 2]
            found = sentences[words][kind]
        return kind, str(found[turn % len(found)])


def _words_label(label: str, arm: str, turn: int) -> str | None:
    """The emotion that the words express; None for neutral words."""
    if arm == "neutral":
        return None
    others = [name for name in MANNERS if name not in (label, NEUTRAL)]
    return label if arm == "matching" else others[turn // 2 % len(others)]


def _alternating(first: Sequence[str], second: Sequence[str]) -> Iterator[str]:
    """One of each in turn, then what is left of the longer."""
    for index in range(max(len(first), len(second))):
        yield from first[index : index + 1]
        yield from second[index : index + 1]
