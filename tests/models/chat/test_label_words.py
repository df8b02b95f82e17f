from __future__ import annotations

import pytest

from harness.models.chat.label_words import Vocabulary, plain


def test_a_word_is_compared_without_case_marks_and_differences_of_unicode() -> None:
    assert plain(" **\uff28appy!** ") == "happy"
    assert plain("don\u2019t  Know.") == "don't know"
    assert plain("STRASSE") == plain("straße")


def test_a_word_of_marks_alone_is_itself() -> None:
    words = Vocabulary(["anger"], {"😠": "anger"})
    assert words.meant("😠") == "anger"
    assert words.meant("!!") is None
    assert words.mentioned("I see 😠 there") == set()


def test_a_label_is_mentioned_by_any_of_its_words_but_not_within_another() -> None:
    words = Vocabulary(["anger", "fear"], {"very angry": "anger"})
    assert words.mentioned("She is very angry, not fearful; cannot tell") == {"anger", "cannot tell"}


@pytest.mark.parametrize(
    ("labels", "words", "problem"),
    [
        (["joy", "happiness"], {"Happy": "happiness", "happy!": "joy"}, "means both 'happiness' and 'joy'"),
        (["joy", "calm"], {"joy": "calm"}, "means both 'joy' and 'calm'"),
        (["Cannot tell"], {}, "instead of a label"),
        (["joy"], {"none of these": "joy"}, "instead of a label"),
    ],
)
def test_words_that_mean_two_things_are_refused(labels: list[str], words: dict[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Vocabulary(labels, words)
