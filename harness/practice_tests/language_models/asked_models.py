"""The studies of the practice test: every model, every modality, and every way in which it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.cards.facts import ModelCard, model_card
from harness.errors import HarnessError
from harness.files import read_text, write_bytes
from harness.practice_tests.language_models.answers import Answers, columns_of, read_answers
from harness.practice_tests.language_models.language_models_options import (
    LanguageModelsOptions,
    Modality,
    Stimuli,
)
from harness.study.compose import compose_choices
from harness.study.observer import Observer
from harness.study.run_study import run

CHAT = "chat"
STUDIES = "studies"
"""The folder of the studies in that of the test."""
SILENCE = "voice/silence"
ALONE, WORDS, SILENT, CLAIM = "alone", "words", "words_silent", "claim"
PARAPHRASES = ("paraphrase-1", "paraphrase-2")


@dataclass(frozen=True)
class Asked:
    """Everything that one model answered in one modality.

    Attributes:
        model: its name.
        modality: of the stimuli.
        ways: how it was asked → its answers.
        claims: label that a prompt claimed → its answers; empty if none did.
    """

    model: str
    modality: Modality
    ways: dict[str, Answers]
    claims: dict[str, Answers] = field(default_factory=dict)


def ask_all(options: LanguageModelsOptions, out: Path, observer: Observer) -> Iterator[Asked]:
    """Run the studies, each in a folder of its own; finished ones are not repeated.

    Raises:
        HarnessError: a model or stimuli cannot be used.
    """
    for model in options.models:
        card = model_card(model)
        for modality, stimuli in options.stimuli.items():
            yield _Asking(options, card, modality, stimuli, out / STUDIES, observer).all()


@dataclass(frozen=True)
class _Asking:
    options: LanguageModelsOptions
    card: ModelCard
    modality: Modality
    stimuli: Stimuli
    folder: Path
    observer: Observer

    def all(self) -> Asked:
        """Ask in every way that model and stimuli allow."""
        labels = self._claimed() if self._is_chat else ()  # before anything is paid for
        ways = {ALONE: self._ask(ALONE, repeats=self.options.repeats if self._is_chat else 1, checks=True)}
        if self._is_chat:
            columns = columns_of(self._folder(ALONE))
            if self.options.paraphrases:
                ways |= {name: self._ask(name) for name in PARAPHRASES}
            if self.modality == "voice" and {self.options.text_column, self.options.words_column} <= columns:
                ways[WORDS] = self._ask(WORDS, conditions=(SILENCE,))
                ways[SILENT] = read_answers(self._folder(WORDS), self.options, condition=SILENCE)
        claims = {label: self._ask(f"{CLAIM}-{self.card.labels.index(label)}", claim=label) for label in labels}
        return Asked(self.card.name, self.modality, ways, claims)

    def _claimed(self) -> tuple[str, ...]:
        """The labels that a prompt claims.

        Raises:
            HarnessError: the model has no such label.
        """
        labels = self.options.claims or tuple(self.card.labels[:1])
        if unknown := [label for label in labels if label not in self.card.labels]:
            raise HarnessError(f"claims={unknown}: {self.card.name} has no such label.")
        return labels

    @property
    def _is_chat(self) -> bool:
        return self.card.kind == CHAT

    def _folder(self, way: str) -> Path:
        return self.folder / self.card.name / self.modality / way

    def _ask(
        self,
        way: str,
        *,
        repeats: int = 1,
        checks: bool = False,
        claim: str | None = None,
        conditions: Sequence[str] = (),
    ) -> Answers:
        """Run one study."""
        self.observer.stage(f"{self.card.name}, {self.modality}: {way}")
        options, out = self.options, self._folder(way)
        model: dict[str, Any] = dict(options.model_options)
        if self._is_chat and (way != ALONE or "prompt" not in model):
            model["prompt"] = str(self._prompt(way, claim))
        choices: dict[str, Any] = {
            "dataset": {
                **self.stimuli.options,
                "root": None if self.stimuli.root is None else str(self.stimuli.root),
            },
            "model": model,
            "out": str(out),
            "seed": options.seed,
            "limit": self.stimuli.limit,
            "repeats": repeats,
            "conditions": list(conditions),
            "labels": {"only": "model"} if self.card.labels else {},  # what is trained here answers all
            "face": {"detector": "none"} if self._is_chat else {},
            "checks": {"enabled": checks},
            "budget": {"max_calls": options.max_calls},
            "tracking": {"enabled": False},
        }
        if choices["dataset"]["root"] is None:
            del choices["dataset"]["root"]
        config = compose_choices(self.stimuli.dataset, self.card.name, choices, options.config_dir)
        run(config, self.observer)
        return read_answers(out, options)

    def _prompt(self, way: str, claim: str | None) -> Path:
        """The packaged prompt, with the names of the user's columns."""
        packaged = Path(__file__).with_name("prompts") / f"{way if claim is None else CLAIM}.md"
        text = read_text(packaged).replace("{ctx.text}", f"{{{self.options.text_column}}}")
        path = self.folder.parent / "prompts" / self.card.name / f"{way}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(text.replace("{claim}", claim or "").encode(), path)
        return path
