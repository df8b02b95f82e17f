from __future__ import annotations

import pytest

from harness.evidence.names_in_texts import Names, may_stand_among, words

NAMES = Names({"Jo Smith": "A", "Jo Smith-Lee": "B", "actor_07": "C", "S1": "D", "speaker": "E", "1076": "F"})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("seen by Jo Smith, once", "seen by A, once"),
        ("clips/Jo_Smith_01.wav", "clips/A_01.wav"),
        ("Jo Smith", "A"),
        ("Jo  Smith Lee and Jo-Smith", "B and A"),
        ("actor_07, actor 07; Actor_07 and actor_08", "C, C; Actor_07 and actor_08"),
        ("S1 is one of 1076; the speaker, Jo and Smith", "S1 is one of 1076; the speaker, Jo and Smith"),
        ("Jo", "Jo"),
        ("", ""),
    ],
)
def test_names_are_replaced_as_whole_words(text: str, expected: str) -> None:
    assert NAMES.replaced(text) == expected
    assert NAMES.any_in(text) == (text != expected)


def test_without_names_every_text_stays() -> None:
    assert Names({"---": "A", "": "B"}).replaced("--- Jo") == "--- Jo"


def test_a_name_is_looked_for_where_its_first_word_stands() -> None:
    known = words(["seen by Jo_Smith", "actor 07"])
    assert known == {"seen", "by", "Jo", "Smith", "actor", "07"}
    assert [
        name
        for name in ("Jo Smith", "actor_07", "Smith Jo", "Ann Lee", "Jo", "seen")
        if may_stand_among(name, known)
    ] == [
        "Jo Smith",
        "actor_07",
        "Smith Jo",
    ]
