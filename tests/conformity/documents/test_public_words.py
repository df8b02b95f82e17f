from __future__ import annotations

import re
from typing import Any

import pytest

from harness.attributes.group import THE_REST, Group
from harness.conformity.documents.public_words import LANGUAGES, PublicWords, of_100
from harness.conformity.documents.words import read_words


def keys(words: Any, path: str = "") -> dict[str, set[str]]:
    """Every sentence with what is filled into it; names of emotions, and terms, may differ."""
    if isinstance(words, str):
        return {path: set(re.findall(r"\{(\w+)\}", words))}
    if isinstance(words, dict):
        free = path in (".glossary", ".emotions")
        return (
            {} if free else {k: v for name, one in words.items() for k, v in keys(one, f"{path}.{name}").items()}
        )
    if isinstance(words, list):
        return {k: v for number, one in enumerate(words) for k, v in keys(one, f"{path}[{number}]").items()}
    return {path: set()}


def test_all_languages_have_the_same_sentences() -> None:
    first, *others = (keys(read_words(f"public.{language}")) for language in LANGUAGES)
    assert len(first) > 150
    for other in others:
        assert other == first


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short(language: str) -> None:
    """Level B1: about 15 words, none above 25."""
    texts = list(read_words(f"public.{language}")["sentences"].values())
    words = [len(part.split()) for text in texts for part in re.split(r"(?<=[.?!:])\s+", text)]
    assert max(words) <= 25
    assert sum(words) / len(words) < 12


def test_numbers_follow_the_language() -> None:
    english, dutch = map(PublicWords, LANGUAGES)
    assert (english.count(7442), dutch.count(7442)) == ("7,442", "7.442")
    assert (english.number(0.5964), dutch.number(0.5964)) == ("0.596", "0,596")
    assert (english.number(12345.6), dutch.number(12345.6)) == ("12,346", "12.346")
    assert dutch.between(0.567, 0.625) == "57 tot 62"
    assert (of_100(0.5964), of_100(0.0), of_100(1.0)) == (60, 0, 100)


@pytest.mark.parametrize(
    ("attribute", "value", "english", "dutch"),
    [
        ("sex", "female", "women", "vrouwen"),
        ("age", "<18", "people under 18", "mensen onder 18 jaar"),
        ("age", "18-29", "people aged 18-29", "mensen van 18-29 jaar"),
        ("age", "65+", "people of 65 and older", "mensen van 65 jaar en ouder"),
        (
            "skin_tone",
            "monk_03",
            "people with skin colour 3 of 10 (1 is lightest)",
            "mensen met huidskleur 3 van 10 (1 is het lichtst)",
        ),
        ("race", "a_b", "a b (race)", "a b (ras)"),
        ("{x}", "{0}", "{0} ({x})", "{0} ({x})"),
    ],
)
def test_groups_are_called_as_people_call_them(attribute: str, value: str, english: str, dutch: str) -> None:
    for words, name in zip(map(PublicWords, LANGUAGES), (english, dutch), strict=True):
        assert words.group(Group.of(value), [attribute]) == name


def test_intersections_the_rest_and_the_unknown_have_names() -> None:
    words = PublicWords("en")
    assert words.group(Group.of("female", "65+"), ["sex", "age"]) == "women who are also people of 65 and older"
    assert words.group(THE_REST, ["sex"]) == "all others"
    assert words.group(Group.unknown(1), ["sex"]) == "people of whom this is not known"


def test_a_metric_without_a_sentence_of_its_own_is_named() -> None:
    words = PublicWords("en")
    assert words.worse("accuracy", "women", "men") == "For women the system is wrong more often than for men."
    assert words.worse("brier", "women", "men") == "For women the system works worse than for men (Brier score)."


def test_a_name_that_ends_with_a_full_stop_gets_no_second_one() -> None:
    assert PublicWords("en").say("maker", maker="ACME Inc.") == "Maker: ACME Inc."
