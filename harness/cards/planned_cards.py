"""The cards that a plan holds. A plan may be somebody else's, so its cards are validated like any card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harness.cards.facts import DatasetCard, ModelCard, validation_problems
from harness.errors import HarnessError

_Card = TypeVar("_Card", bound=BaseModel)


def planned_models(plan: Mapping[str, Any]) -> list[ModelCard]:
    """The cards of the models, the system under test first.

    Raises:
        HarnessError: one is no card of this version.
    """
    return [_card(ModelCard, card, "model") for card in plan["cards"]["models"]]


def planned_dataset(plan: Mapping[str, Any]) -> DatasetCard:
    """The card of the dataset.

    Raises:
        HarnessError: it is no card of this version.
    """
    return _card(DatasetCard, plan["cards"]["dataset"], "dataset")


def _card(schema: type[_Card], card: object, what: str) -> _Card:
    try:
        return schema.model_validate(card)
    except ValidationError as error:
        raise HarnessError(
            f"The plan holds a card of a {what} that is none: {validation_problems(error)}."
        ) from None
