from __future__ import annotations

from datetime import date

import pytest
from measured_runs import STATED

from harness.conformity.documents.stated_items import Item, asked_items, known, missing, stated, written
from harness.conformity.dossier import Dossier


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("a text", ("a text",)),
        (["one", "two"], ("one", "two")),
        ({"link": "a", "title": "b"}, ("link: a", "title: b")),
        (date(2026, 11, 20), ("2026-11-20",)),
        (False, ("False",)),
    ],
)
def test_what_is_stated_is_shown_and_nothing_else(value: object, texts: tuple[str, ...]) -> None:
    entry = stated("A label", value, "dossier: somewhere")
    assert (entry.texts, entry.is_missing) == (texts, not texts)


def test_what_the_harness_knows_is_never_missing() -> None:
    assert known("A label", None, "").texts == ("\N{EN DASH}",)


def test_a_text_comes_from_the_section_of_its_document() -> None:
    dossier = Dossier.model_validate({**STATED, "texts": {"article_13": {"(d)": "Two people look at it."}}})
    assert written(dossier, "article_13", "(d)", "Oversight").texts == ("Two people look at it.",)
    absent = written(dossier, "article_13", "(e)", "Lifetime")
    assert (absent.is_missing, absent.where) == (True, "dossier: texts.article_13.(e)")


def test_what_is_missing_is_listed_with_its_item() -> None:
    item = Item("x", "An item", (stated("One", "a", "here"), stated("Two", None, "there")))
    assert [(of.id, entry.label) for of, entry in missing([item])] == [("x", "Two")]


@pytest.mark.parametrize(("name", "num"), [("test_report", 16), ("article_13", 12)])
def test_lists_of_items_are_dated_and_number_each_once(name: str, num: int) -> None:
    asked = asked_items(name)
    assert asked.as_of >= date(2026, 11, 27)
    assert len({item.id for item in asked.items}) == len(asked.items) == num
