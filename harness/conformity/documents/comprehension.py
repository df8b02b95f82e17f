"""A comprehension check of five questions, each with three answers, and the key to score it with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.conformity.documents.public_words import PublicWords

PLACES = (1, 0, 2, 1, 0)
"""Where the right answer stands: fixed, so that the document is the same every time, and not always first."""

LETTERS = "ABC"


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        text: of the question.
        answers: in the order in which they stand.
        right: the letter of the right one.
        again: the id of the section that answers it.
    """

    text: str
    answers: Sequence[str]
    right: str
    again: str


def questions(words: PublicWords, *, case: str, label: str, groups: str) -> list[Question]:
    """The questions, with the answers that these results make right.

    Args:
        words: of the language.
        case: what is known of for whom the system works worse: worse, unclear, alike or unknown.
        label: an answer that the system can give.
        groups: for whom it works worse.
    """
    found = []
    for place, asked in zip(PLACES, words.questions, strict=True):
        answers = asked.get("by_case", {}).get(case, asked)
        right = words.filled(answers["right"], groups=groups)
        texts = list(answers["wrong"])
        texts.insert(place, right)
        found.append(Question(words.filled(asked["ask"], label=label), texts, LETTERS[place], asked["again"]))
    return found
