"""What a user states replaces what a card says, and nothing else does."""

from __future__ import annotations

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from harness.cards.facts import dataset_card
from harness.cards.stated_facts import NAME, StatedDataset, SystemName, stated_title, with_stated_data
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.study.assembly import open_model


def test_what_is_not_stated_stays_as_the_card_has_it() -> None:
    card = dataset_card("ravdess")
    assert with_stated_data(card, StatedDataset()) == card
    stated = with_stated_data(card, StatedDataset(title="Mine", licence="internal use", consent="written"))
    assert (stated.title, stated.consent, stated.collection) == ("Mine", "written", card.collection)
    assert (stated.licence.name, stated.licence.url, stated.licence.commercial_use) == ("internal use", None, None)
    assert stated.description == card.description


def test_a_model_with_a_card_of_its_own_takes_no_stated_facts() -> None:
    with pytest.raises(HarnessError, match="model majority: provider"):
        open_model("majority", {"provider": "Acme"}, RunSettings())


def test_readers_call_a_dataset_by_its_stated_title() -> None:
    assert stated_title({"name": "table", "options": {"title": "Calls 2026"}}) == "Calls 2026"
    assert stated_title({"name": "table", "options": {"title": None}}) == "table"
    assert stated_title({"name": "ravdess", "options": {}}) == "ravdess"
    assert stated_title({"name": "ravdess"}) == "ravdess"


@pytest.mark.parametrize(
    "name", ["a", "-", "a b", "é+1.0", "x" * 80, "x" * 81, "", " a", "a ", "a\n", "a/b", "a\tb", "<b>", "a-" * 40]
)
def test_the_name_of_a_system_follows_the_pattern(name: str) -> None:
    try:
        accepted = TypeAdapter(SystemName).validate_python(name) == name
    except ValidationError:
        accepted = False
    assert accepted == (re.fullmatch(NAME, name) is not None)
