"""Facts that a user states about their own data and system, which no card can know.

They are options of the dataset ``table`` (``dataset.title=…``) and of the model ``predictions``
(``model.version=…``). What is stated replaces what the card says; what is not stated stays as the card has it.
Other datasets and models have cards of their own and do not take these options, so a published fact cannot be
overridden by accident. The facts are part of the plan and its hash, and change no number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from harness.cards.facts import DatasetCard, Licence, ModelCard

MAX_TITLE, MAX_NOTE = 200, 2000
NAME = r"^[\w.+-](?:[\w.+ -]{0,78}[\w.+-])?$"
"""The pattern of the name of a system: up to 80 letters, digits, spaces and any of ``. _ + -``."""

_NUMBERS_TOO = Field(coerce_numbers_to_str=True)
# Pydantic's patterns hold every letter of Unicode as often as it may be repeated: with a bound, 27 ms to compile.
SystemName = Annotated[str, Field(max_length=80, pattern=NAME.replace("{0,78}", "*")), _NUMBERS_TOO]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE), _NUMBERS_TOO]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NOTE), _NUMBERS_TOO]


class StatedDataset(BaseModel):
    """What a user states about their data.

    Attributes:
        title: its name in reports.
        version: of the data.
        licence: what one may do with the data.
        consent: what the people agreed to, and how.
        collection: how, when and where the data were collected.
        raters: who gave the labels, and how many for each sample.
    """

    title: Title | None = None
    version: Title | None = None
    licence: Note | None = None
    consent: Note | None = None
    collection: Note | None = None
    raters: Note | None = None


class StatedSystem(BaseModel):
    """What a user states about the system under test.

    Attributes:
        version: of the system.
        provider: who provides it.
    """

    version: Title | None = None
    provider: Title | None = None


def stated_title(dataset: Mapping[str, Any]) -> str:
    """What readers call the dataset of a plan: its stated title, otherwise its name."""
    return str((dataset.get("options") or {}).get("title") or dataset["name"])


def with_stated_data(card: DatasetCard, stated: StatedDataset) -> DatasetCard:
    """The card of a dataset with the stated facts in place of its own."""
    facts = {name: getattr(stated, name) for name in StatedDataset.model_fields}
    given = {name: text for name, text in facts.items() if text is not None}
    if stated.licence is not None:
        given["licence"] = Licence(name=stated.licence)
    return card.model_copy(update=given)


def with_stated_system(card: ModelCard, stated: StatedSystem, title: str) -> ModelCard:
    """The card of a system with its title and the stated facts in place of its own."""
    facts = {name: getattr(stated, name) for name in StatedSystem.model_fields}
    return card.model_copy(update={"title": title} | {name: text for name, text in facts.items() if text})
