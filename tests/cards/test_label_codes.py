"""Codes of corpora and misspelt words, as data."""

from __future__ import annotations

import pytest

from harness.cards.facts import dataset_card
from harness.cards.label_codes import coding, codings, codings_of, likely_label
from harness.cards.taxonomy import canonical, is_no_label, spellings
from harness.datasets.emodb import EMOTION_OF_LETTER
from harness.errors import HarnessError


def test_every_code_means_a_known_emotion_or_none() -> None:
    known = set(spellings().values())
    for name, codes in codings().items():
        strange = [emotion for emotion in codes.values() if emotion not in known and not is_no_label(emotion)]
        assert strange == [], name


def test_no_spelling_belongs_to_two_emotions() -> None:
    assert all(canonical(emotion) == emotion for emotion in spellings().values())


def test_the_codes_are_those_of_our_own_readers() -> None:
    assert {code: canonical(word) for code, word in EMOTION_OF_LETTER.items()} == dict(coding("emodb"))
    in_order = dict(
        zip(("01", "02", "03", "04", "05", "06", "07", "08"), dataset_card("ravdess").labels, strict=True)
    )
    assert {code: canonical(word) for code, word in in_order.items()}.items() <= coding("ravdess").items()


@pytest.mark.parametrize(
    ("labels", "corpora"),
    [
        (["W", "L", "E", "A", "F", "T", "N"], ["emodb"]),
        (["01", "05"], ["ravdess"]),
        (["A", "H", "S", "N", "X"], ["msp_podcast"]),
        (["a", "sa", "su"], ["savee"]),
        (["7", "0", "9"], ["affectnet"]),
        (["8", "9"], ["affectnet"]),
        (["N"], []),
        (["anger", "A"], []),
        ([], []),
    ],
)
def test_corpora_are_known_by_their_codes(labels: list[str], corpora: list[str]) -> None:
    assert codings_of(labels) == corpora


def test_an_ambiguous_set_of_codes_names_all_corpora() -> None:
    assert codings_of(["A", "D", "F", "H", "N", "S"]) == ["cremad_votes", "msp_podcast"]
    assert set(codings_of(["1", "2", "3"])) == {"ravdess", "rafdb", "affectnet", "fer2013"}


def test_numbers_without_their_zeros_are_the_same_codes() -> None:
    assert coding("ravdess")["5"] == coding("ravdess")["05"] == "anger"


@pytest.mark.parametrize(
    ("word", "others", "likely"),
    [
        ("Angray", ["happy"], "anger"),
        ("Superise", ["happy"], "surprise"),
        ("Dusgusted", [], "disgust"),
        ("ps", [], "surprise"),
        ("relaxd", ["relaxed", "tense"], "relaxed"),
        ("Poker", ["happy"], None),
        ("A", ["happy"], None),
    ],
)
def test_the_likely_meaning_of_a_word(word: str, others: list[str], likely: str | None) -> None:
    assert likely_label(word, others) == likely


def test_codes_that_nobody_has() -> None:
    with pytest.raises(
        HarnessError, match=r"labels\.merge=emo: neither a file nor the codes of a corpus\. Known: emodb"
    ):
        coding("emo")
