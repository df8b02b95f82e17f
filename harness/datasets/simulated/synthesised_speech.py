"""Sentences spoken by a synthesiser, in which the words express one emotion and the manner another, or none.

Every speaker says neutral words, words that match the manner and words that contradict it, in every manner: the
design of LISTEN (arXiv 2510.10444), with explicit and implicit words as in EMIS (arXiv 2510.25054). The sentences
stand in the card; who speaks them is a matter of the engine.
"""

from __future__ import annotations

from itertools import product
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, model_validator

from harness.cards.facts import DatasetCard
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.datasets.simulated.espeak_engine import EspeakEngine
from harness.datasets.simulated.piper_engine import PiperEngine
from harness.datasets.simulated.speech_engine import MANNERS, NEUTRAL, Speaker, SpeechEngine
from harness.errors import HarnessError
from harness.files import UserPath
from harness.signals.media import Audio
from harness.tables.samples import samples_table

Arm = Literal["neutral", "matching", "conflicting"]


class SynthesisedSpeechOptions(ReaderOptions):
    """The options.

    Attributes:
        engine: what speaks: eSpeak NG, a program on PATH, or Piper, a package, with voices of one's own.
        voices: Piper's voices: paths of ``.onnx`` files, each with its ``.onnx.json`` beside it.
        subjects: how many speakers, at most one for each accent and variant, or for each speaker of the voices.
        samples_per_arm: how often each speaker says neutral, matching and conflicting words in each manner.
        seed: of who speaks, and with which pitch.
    """

    engine: Literal["espeak", "piper"] = "espeak"
    voices: tuple[UserPath, ...] | None = Field(default=None, min_length=1, max_length=100)
    subjects: int = Field(default=24, ge=1, le=36)
    samples_per_arm: int = Field(default=1, ge=1, le=6)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _voices_are_pipers(self) -> SynthesisedSpeechOptions:
        if self.engine == "espeak" and self.voices is not None:
            raise ValueError("voices are files of Piper: say engine=piper, or leave them out")
        return self


class SynthesisedSpeechReader(Reader[SynthesisedSpeechOptions]):
    """Sentences that are spoken when they are needed; the same synthesiser gives the same sounds."""

    Options = SynthesisedSpeechOptions
    needs_root: ClassVar[bool] = False

    def __init__(self, card: DatasetCard, root: Any, options: SynthesisedSpeechOptions) -> None:
        super().__init__(card, root, options)
        try:
            self._engine = self._opened()
        except HarnessError as error:
            raise HarnessError(f"dataset {card.name}: {error}") from None
        self.remarks = self._engine.remarks

    def facts(self) -> dict[str, Any]:
        """The synthesiser, its version, and its voices if they are files."""
        return self._engine.facts()

    def samples(self) -> pa.Table:
        """A row per speaker, manner and arm; a neutral manner has no matching words but the neutral ones."""
        rows = [
            self._row(number, speaker, label, arm, turn)
            for number, speaker in enumerate(self._engine.speakers(self.options.seed, self.options.subjects))
            for label, arm in product(MANNERS, ("neutral", "matching", "conflicting"))
            if (label, arm) != (NEUTRAL, "matching")
            for turn in range(self.options.samples_per_arm)
        ]
        return samples_table(rows)

    def load(self, sample: Sample) -> Audio:
        """The utterance, at the synthesiser's own rate, one to five seconds long.

        Raises:
            Unscored: the synthesiser failed (``crashed``) or hangs (``timeout``).
        """
        speaker = Speaker(
            sample["ctx.voice"], sample["attr.accent"], sample.get("attr.sex"), int(sample["ctx.pitch_of_speaker"])
        )
        return self._engine.speak(sample["ctx.text"], speaker, MANNERS[sample["label"]])

    def _opened(self) -> SpeechEngine:
        if self.options.engine == "espeak":
            return EspeakEngine()
        sentences = self.card.details["sentences"]
        texts = [*sentences[NEUTRAL]]
        for label, kinds in sentences.items():
            texts += [text for found in kinds.values() for text in found] if label != NEUTRAL else []
        return PiperEngine(self.options.voices or (), texts)

    def _row(self, number: int, speaker: Speaker, label: str, arm: str, turn: int) -> dict[str, Any]:
        subject = f"voice{number + 1:02d}"
        turn_of_words = number // 2 + turn  # of eSpeak NG, a woman and a man say the same
        words = _words_label(label, arm, turn_of_words)
        kind, text = self._sentence(words, turn_of_words)
        return {
            "sample_id": f"synthesised/{subject}/{label}-{arm}-{turn + 1}",
            "modality": "voice",
            "subject_id": subject,
            "label": label,
            "label_source": self.card.label_source,
            "attr.sex": speaker.sex,
            "attr.accent": speaker.accent,
            "ctx.text": text,
            "ctx.words_label": words,
            "ctx.words_kind": kind,
            "ctx.voice": speaker.voice,
            "ctx.pitch_of_speaker": speaker.pitch,
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
