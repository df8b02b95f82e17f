from __future__ import annotations

from typing import Any

import pytest

from harness.conformity.exports.field_table import FieldTable
from harness.conformity.exports.filling import Filled, fill
from harness.errors import HarnessError

FACTS = {"model.title": ["A <system>"], "m.one": ["First."], "m.two": ["Second.", "Third."], "m.none": []}


def table(*fields: dict[str, Any]) -> FieldTable:
    whole = {
        "name": "form",
        "title": "Form",
        "version": "1",
        "as_of": "2026-11-27",
        "source": "x",
        "path": "x.json",
    }
    with_titles = [{"title": each["key"].upper(), **each} for each in fields]
    return FieldTable.model_validate({**whole, "verified": "primary", "language": "en", "fields": with_titles})


def filled(field: dict[str, Any], own: Any = None) -> Filled:
    return fill(table({"key": "a", **field}), FACTS, {} if own is None else {"a": own})


def value(field: dict[str, Any], own: Any = None) -> Any:
    return filled(field, own).values.get("a")


def where(field: dict[str, Any], own: Any = None) -> list[str]:
    return [one.where for one in filled(field, own).missing]


def test_what_nobody_states_is_listed_and_not_invented() -> None:
    assert (value({}), where({"required": True})) == (None, ["dossier: texts.form.a"])
    assert str(filled({"required": True}).missing[0]) == "A (required, dossier: texts.form.a)"
    assert where({"by": "harness", "takes": ["m.none"]}) == ["m: none"]
    assert where({"by": "outside"}) == ["beside the pack"]


def test_facts_are_put_in_and_a_person_may_say_otherwise() -> None:
    measured = {"by": "harness", "takes": ["m.one", "m.two"]}
    assert value(measured) == "First.\nSecond.\nThird."
    assert value(measured, "My words.") == "My words."
    assert where(measured) == []


def test_measured_sentences_stand_behind_a_persons_text() -> None:
    both = {"by": "both", "takes": ["m.one"]}
    assert value(both, "My words.") == "My words.\nFirst."
    assert (value(both), where(both)) == ("First.", ["dossier: texts.form.a"])
    assert where(both, "My words.") == []


def test_measured_sentences_are_left_out_where_there_is_no_room_and_a_persons_text_never() -> None:
    both = {"by": "both", "takes": ["m.one", "m.two"], "max": 23}
    assert value(both, "My words.") == "My words.\nFirst."
    no_room = "dossier: texts.form.a: no room for 2 measured sentences (at most 23 characters)"
    assert where(both, "My words.") == [no_room]
    assert value(both | {"max": 9}, "My words.") == "My words."
    with pytest.raises(HarnessError, match=r"texts\.form\.a \(A\): 10 characters, at most 9 are allowed"):
        value(both | {"max": 9}, "My words..")


def test_rich_text_is_escaped_and_counted_as_it_is_written() -> None:
    rich = {"by": "harness", "takes": ["model.title", "m.one"], "html": True}
    assert value(rich) == "A &lt;system&gt;<br>First."
    assert value(rich | {"max": 20}) == "A &lt;system&gt;"
    assert where(rich | {"max": 15}) == ["model card: title: 16 characters, at most 15 are allowed"]
    assert value({"html": True}, "a\nb<i>") == "a<br>b&lt;i&gt;"


def test_words_of_a_format_stand_for_facts() -> None:
    field = {"by": "harness", "takes": ["m.one"], "words": {"First.": "eerste"}, "choices": ["eerste", "tweede"]}
    assert value(field) == "eerste"
    assert value(field | {"words": {"Other.": "tweede"}}) is None
    assert value(field, "tweede") == "tweede"


@pytest.mark.parametrize(
    ("field", "own", "problem"),
    [
        ({"choices": ["x", "y"]}, "z", "'z' is none of x, y"),
        ({"type": "list", "choices": ["x", "y"]}, ["x", "z"], "'z' is none of x, y"),
        ({"type": "list"}, "x", "a list of texts is expected"),
        ({"type": "list"}, [{"a": "b"}], "a list of texts is expected"),
        ({}, ["x"], "a text is expected"),
        ({}, True, "a text is expected"),
        ({"min": 5}, "abcd", "4 characters, at least 5 are expected"),
        ({"pattern": r"\d{4}"}, "12345", "is not of the form"),
        ({"type": "entries", "parts": {"t": {"required": True}}}, "x", "a list of entries with t is expected"),
        ({"type": "entries", "parts": {"t": {"required": True}}}, [{}], "an entry lacks t"),
        ({"type": "entries", "parts": {"t": {}}}, [{"u": "x"}], "an entry has no 'u'; it may have t"),
        ({"type": "entries", "parts": {"t": {"max": 2}}}, [{"t": "abc"}], "t has 3 characters, at most 2"),
        ({"type": "entries", "parts": {"t": {"choices": ["x"]}}}, [{"t": "y"}], "t is 'y', none of x"),
        ({"type": "entries", "parts": {"t": {}}}, [], "it is empty; leave it out"),
        ({"type": "list"}, [], "it is empty; leave it out"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_its_place(field: dict[str, Any], own: Any, problem: str) -> None:
    with pytest.raises(HarnessError) as caught:
        value(field, own)
    assert problem in str(caught.value)
    assert "texts.form.a" in str(caught.value)


def test_a_fact_that_does_not_fit_is_left_out_and_listed() -> None:
    fact = {"by": "harness", "takes": ["model.title"]}
    assert (value(fact | {"max": 5}), value(fact | {"max": 10})) == (None, "A <system>")
    assert where(fact | {"pattern": r"https?://\S+"}) == [
        r"model card: title: 'A <system>' is not of the form https?://\S+"
    ]


def test_lists_and_entries_are_kept() -> None:
    assert value({"type": "list", "by": "harness", "takes": ["m.two"]}) == ["Second.", "Third."]
    entries = [{"title": "A law", "link": "https://example.org"}]
    assert value({"type": "entries", "parts": {"title": {}, "link": {}}}, entries) == entries


def test_what_is_for_a_public_section_alone_is_not_asked_elsewhere() -> None:
    form = table({"key": "a"}, {"key": "b", "public_only": True})
    assert [one.key for one in fill(form, FACTS, {}).missing] == ["a", "b"]
    assert [one.key for one in fill(form, FACTS, {}, public=False).missing] == ["a"]


def test_what_a_module_builds_is_its_own() -> None:
    form = table({"key": "a", "by": "harness", "built": True}, {"key": "b", "by": "harness", "const": "x"})
    assert fill(form, FACTS, {}, built={"a": {"c": 1}}).values == {"a": {"c": 1}, "b": "x"}
    assert [one.key for one in fill(form, FACTS, {}).missing] == ["a"]
