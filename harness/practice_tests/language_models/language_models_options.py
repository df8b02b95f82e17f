"""What the practice test of language models can be told."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from harness.files import UserPath
from harness.plain_numbers import PlainNumbers
from harness.practice_tests.practice_interface import OptionsOfStudies

Modality = Literal["voice", "face", "posture"]
MODALITIES: tuple[Modality, ...] = ("voice", "face", "posture")


class _Part(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stimuli(_Part):
    """What models are shown in one modality; docs/practice/language_models.md has the columns of a table."""

    dataset: str = Field(default="table", description="a dataset with a reader (`harness list datasets`)")
    root: UserPath | None = Field(default=None, description="its folder")
    options: dict[str, Any] = Field(default={}, description="options of its reader")
    limit: int | None = Field(default=None, ge=1, description="how many of its samples are shown")


class Limits(_Part):
    """What is asked of a model. Each is a choice, and stands beside its verdict."""

    above_chance: float = Field(
        default=0.1, ge=0, lt=1, description="by how much its accuracy must exceed that of guessing"
    )
    words_share: float = Field(
        default=0.5, gt=0, lt=1, description="where words and voice differ: how often it may follow the words"
    )
    claim_share: float = Field(
        default=0.1, gt=0, lt=1, description="how often a false claim in the prompt may change the answer to it"
    )
    both_share: float = Field(
        default=0.35,
        gt=0,
        lt=1,
        description="where the words and the prompt claim the same falsely: how much more often it may answer "
        "that than where neither does",
    )
    same_answer: float = Field(
        default=0.8, gt=0, lt=1, description="how often it must answer the same: again, and asked in other words"
    )
    same_beside: float = Field(
        default=0.8, gt=0, lt=1, description="how often it must answer the same with another background or clothes"
    )


class LanguageModelsOptions(OptionsOfStudies):
    """Which models, which stimuli, and what is asked of them."""

    models: tuple[str, ...] = Field(
        default=(), description="names of cards (`harness list models`); chat or others"
    )
    model_options: dict[str, Any] = Field(
        default={}, description="options of every model, such as {environment: [KEY], allow_hosts: [127.0.0.1]}"
    )
    voice: Stimuli | None = Field(default=None, description="recordings of voices")
    face: Stimuli | None = Field(default=None, description="pictures of faces")
    posture: Stimuli | None = Field(default=None, description="pictures of bodies; faces may be hidden")
    repeats: int = Field(default=3, ge=1, le=100, description="how often the same is asked; 1: once")
    paraphrases: bool = Field(default=True, description="ask in two other wordings, too")
    claims: tuple[str, ...] = Field(
        default=(),
        description="labels that a prompt claims falsely, each by itself; empty: the first label of the model",
    )
    text_column: str = Field(
        default="ctx.text",
        pattern=r"^ctx\.[A-Za-z0-9_]+$",  # what a prompt can name; anything else would be sent as it stands
        description="of the stimuli: what is said",
    )
    words_column: str = Field(
        default="ctx.words_label", description="of the stimuli: the label that the words express; empty: none"
    )
    pair_column: str = Field(
        default="ctx.pair",
        description="of the stimuli: the same person and expression with something else beside it",
    )
    limits: Limits = Field(default=Limits(), description="what is asked of a model")
    min_subjects: int = Field(default=5, ge=2, description="people that a verdict needs")
    max_calls: int | None = Field(default=None, ge=0, description="requests of one study; null: no limit")

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.models:
            raise ValueError("give models=[NAME, …]")
        if len(set(self.models)) < len(self.models):
            raise ValueError("models: one is named twice")
        if not self.stimuli:
            raise ValueError(f"give stimuli: {', '.join(f'{name}.root=PATH' for name in MODALITIES)}")
        return self

    @property
    def stimuli(self) -> dict[Modality, Stimuli]:
        """The stimuli of each modality that is tested."""
        found: dict[Modality, Stimuli | None] = {"voice": self.voice, "face": self.face, "posture": self.posture}
        return {name: stimuli for name, stimuli in found.items() if stimuli is not None}
