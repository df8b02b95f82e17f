from __future__ import annotations

import pytest

from harness.errors import HarnessError, Unscored
from harness.models.own_words import label_of, places_of, require_known

LABELS = ["anger", "happiness", "sadness"]
WORDS = {"happy": "happiness", "angry": "anger", "mad": "anger", "sadness": "anger"}


@pytest.mark.parametrize(
    ("word", "label"),
    [("happy", "happiness"), ("mad", "anger"), ("happiness", "happiness"), ("sadness", "anger")],
)
def test_a_word_is_read_by_the_card_before_it_is_taken_for_a_label(word: str, label: str) -> None:
    assert label_of(word, WORDS, LABELS) == label


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("joy", "unreadable_answer: label 'joy' is none of the card's"),
        ("Happy", "unreadable_answer: label 'Happy' is none of the card's"),
        ("<b>\x1b[31m\n joy", "unreadable_answer: label '<b>\ufffd[31m joy' is none of the card's"),
        ("x" * 500, f"unreadable_answer: label '{'x' * 40}' is none of the card's"),
        (3, "unreadable_answer: no label"),
        (None, "unreadable_answer: no label"),
        (["anger"], "unreadable_answer: no label"),
    ],
)
def test_a_word_without_a_meaning_is_a_reason(word: object, reason: str) -> None:
    with pytest.raises(Unscored) as unscored:
        label_of(word, WORDS, LABELS)
    assert unscored.value.text == reason
    assert not unscored.value.abstained


def test_words_lead_to_labels_of_the_card() -> None:
    require_known("acme", WORDS, LABELS)
    with pytest.raises(HarnessError) as refused:
        require_known("acme", {**WORDS, "glad": "joy"}, LABELS)
    assert str(refused.value) == (
        "model acme: output.labels in its card leads to 'joy', which is none of its labels: anger, happiness, "
        "sadness."
    )


def test_outputs_are_put_into_the_order_of_the_card() -> None:
    words = {"happy": "happiness", "sad": "sadness"}
    assert places_of("acme", ["happy", "sad", "anger"], words, LABELS) == [2, 0, 1]


@pytest.mark.parametrize(
    ("own", "words", "named"),
    [
        (["happiness", "anger"], {}, "2 outputs, happiness, anger"),
        (["happiness", "anger", "fear"], {}, "3 outputs, happiness, anger, fear"),
        (["happiness", "anger", "sad"], {"sad": "anger"}, "3 outputs, happiness, anger, anger"),
        ([], {}, "0 outputs, without names"),
    ],
)
def test_outputs_that_are_not_those_of_the_card_are_named(
    own: list[str], words: dict[str, str], named: str
) -> None:
    with pytest.raises(HarnessError) as refused:
        places_of("acme", own, words, LABELS)
    assert str(refused.value) == (
        f"model acme: it has {named}; its card states anger, happiness, sadness. State all of them in the card, "
        "and in output.labels where they are called otherwise."
    )
