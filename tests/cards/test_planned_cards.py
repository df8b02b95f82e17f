from __future__ import annotations

from typing import Any

import pytest

from harness.cards.facts import dataset_card, model_card
from harness.cards.planned_cards import planned_dataset, planned_models
from harness.errors import HarnessError


def plan(**changes: Any) -> dict[str, Any]:
    models = [model_card(name).model_dump(mode="json") for name in ("wearable_stress", "majority")]
    dataset = dataset_card("ravdess").model_dump(mode="json")
    return {"cards": {"models": [{**models[0], **changes}, models[1]], "dataset": {**dataset, **changes}}}


def test_cards_of_a_plan_are_those_that_were_written() -> None:
    assert planned_models(plan()) == [model_card("wearable_stress"), model_card("majority")]
    assert planned_dataset(plan()) == dataset_card("ravdess")


def test_a_card_with_another_key_is_one_message() -> None:
    with pytest.raises(HarnessError, match=r"a card of a model that is none: tone"):
        planned_models(plan(tone=None))
    with pytest.raises(HarnessError, match=r"a card of a dataset that is none: tone"):
        planned_dataset(plan(tone=None))
