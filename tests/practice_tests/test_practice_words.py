"""The words of summaries: the same in every language, and numbers in the signs of each."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest

from harness.cards import registry
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.practice_tests import practice_words
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.practice_words import COMMON, PARTS, PracticeWords

COMMON_FOLDER = Path(practice_words.__file__).with_name("words")
FILES = {COMMON: COMMON_FOLDER} | {name: open_practice(name).words for name in registry.BUILT_IN["practice_tests"]}
TRANSLATED = ("headings", "sentences", "captions", "columns", "figures")
"""Parts of which every language has every key; names of situations need no English word."""


@pytest.mark.parametrize("name", FILES)
def test_every_language_has_the_same_texts_with_the_same_values(name: str) -> None:
    english, dutch = (read_yaml(FILES[name] / f"{name}.{language}.yaml") for language in ("en", "nl"))
    assert set(english) == set(dutch)
    assert set(english) - {"title", "thousands", "decimal"} <= set(PARTS)
    for part in TRANSLATED:
        first, second = english.get(part, {}), dutch.get(part, {})
        assert set(first) == set(second), part
        for key in first:
            assert fields(first[key]) == fields(second[key]), (part, key)
    assert set(english.get("names", {})) <= set(dutch.get("names", {}))
    verdicts = [english.get("verdicts", {}), dutch.get("verdicts", {})]
    assert {key: set(of) for key, of in verdicts[0].items()} == {key: set(of) for key, of in verdicts[1].items()}
    for of in verdicts[0].values():
        assert set(of) == {"met", "not_met", "inconclusive", "not_tested"}


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


def words(tmp_path: Path, language: str, **parts: Any) -> PracticeWords:
    import yaml

    (tmp_path / f"own.{language}.yaml").write_text(yaml.safe_dump({"title": "Own", **parts}))
    return PracticeWords("own", tmp_path, language)


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "12,345 0.250 \N{MINUS SIGN}25 % +3.1"), ("nl", "12.345 0,250 \N{MINUS SIGN}25 % +3,1")],
)
def test_numbers_stand_in_the_signs_of_the_language(tmp_path: Path, language: str, shown: str) -> None:
    said = words(tmp_path, language, sentences={"all": "{num} {value} {share:percent} {change:+.1f}"})
    text = said.say("sentences", "all", num=12345, value=0.25, share=-0.25, change=3.14)
    assert text.replace("\N{NO-BREAK SPACE}", " ") == shown


def test_what_is_rounded_to_zero_has_no_minus_sign(tmp_path: Path) -> None:
    said = words(tmp_path, "en", sentences={"all": "{share:percent} {share:+percent} {share:.1f} {share:+.2f}"})
    text = said.say("sentences", "all", share=-0.0022)
    assert text.replace("\N{NO-BREAK SPACE}", " ") == "0 % +0 % 0.0 +0.00"


def test_names_are_looked_up_and_others_stay(tmp_path: Path) -> None:
    said = words(tmp_path, "nl", names={"walking": "lopen"}, sentences={"where": "{situations}"})
    assert said.say("sentences", "where", situations=["walking", "diving"]) == "lopen, diving"


def test_absent_words_are_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"own\.en\.yaml: the words of a practice test cannot be read"):
        PracticeWords("own", tmp_path, "en")
