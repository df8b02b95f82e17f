"""The page on a review by people: what it says of made judgements, in both languages."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import pytest

from harness.practice_tests.human_review.review_summary import review_result
from harness.practice_tests.opened_practice import open_practice
from harness.practice_tests.practice_words import PracticeWords
from harness.practice_tests.summary_page import summary_page
from harness.review.judgements import Judged, Reviewer
from harness.review.review_document import Case, ReviewDocument, document_sha256

STRATA = [
    {"status": "selected", "group": "female", "num_cases": 10, "num_drawn": 4},
    {"status": "not_selected", "group": "male", "num_cases": 100, "num_drawn": 4},
]
BLIND = ["anger", "anger", "anger", "fear", "anger", "fear", "fear", "(cannot tell)"]


def document() -> ReviewDocument:
    cases = [
        Case(row=n, stratum=n // 4, subject=n, answer="anger" if n < 4 else "fear", score=None, truth="fear")
        for n in range(8)
    ]
    facts = {"run_sha256": "0" * 64, "dataset": "d", "system": "acme", "labels": ["anger", "fear"]}
    rules = [{"label": "anger", "least": None}]
    return ReviewDocument.model_validate(
        {"schema": 1, **facts, "rules": rules, "by": "sex", "seed": 0, "strata": STRATA, "cases": cases}
    )


def reviewer(name: str, follows: bool) -> Reviewer:
    judged = {
        number: Judged(case=number, blind=label, after=("anger" if number <= 4 else "fear") if follows else label)
        for number, label in enumerate(BLIND, start=1)
    }
    return Reviewer(name, judged)


def text(page: str) -> str:
    plain = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(plain))


def pages(reviewers: Sequence[Reviewer]) -> tuple[str, str]:
    """What both pages say: the English and the Dutch one."""
    test = open_practice("human_review")
    result = review_result(document(), reviewers, level=0.95)
    english, dutch = (
        text(summary_page(result, PracticeWords(test.name, test.words, of)).decode()) for of in ("en", "nl")
    )
    return english, dutch


@pytest.fixture
def both() -> tuple[str, str]:
    return pages([reviewer("1", follows=True), reviewer("2", follows=False)])


def test_whom_it_misses_is_said_in_both_languages(both: tuple[str, str]) -> None:
    english, dutch = both
    # One of the three that could be judged shows anger, of 100 that were not selected.
    assert "all cases 33 1 to 90 33 %" in english
    assert "alle gevallen 33 1 tot 90 33 %" in dutch
    assert "acme selects cases of d for: anger." in english
    assert "acme kiest gevallen uit d voor: boosheid." in dutch
    assert "on which reviewers were divided: 1." in english
    assert "vrouwen" in dutch
    assert "female" not in dutch
    assert "All numbers are in results.csv" in english


def test_who_follows_the_system_is_seen_for_every_reviewer(both: tuple[str, str]) -> None:
    english, dutch = both
    first, second = (english.partition(f"reviewer {name}")[2].split("reviewer")[0] for name in ("1", "2"))
    assert first.strip().startswith("38 %")
    assert second.strip().startswith("0 %")
    assert "beoordelaar 1 38 %" in dutch
    assert "Krippendorff's alpha 1.000" in english
    assert "alfa van Krippendorff 1,000" in dutch


def test_one_reviewer_and_nothing_to_agree_on() -> None:
    assert "alpha" not in pages([reviewer("1", follows=False)])[0]


def test_every_answer_goes_into_the_facts() -> None:
    """Also one that changes no row: what somebody said of the last case, which nobody could tell."""
    first, second = reviewer("1", follows=False), reviewer("1", follows=False)
    second.judged[8] = second.judged[8].model_copy(update={"after": "(cannot tell)", "blind": "fear"})
    one, other = (dict(review_result(document(), [of], 0.95).facts) for of in (first, second))
    assert one["review_sha256"] == other["review_sha256"] == document_sha256(document())
    assert one["judgements"] == other["judgements"] == [8]
    assert one["judgements_sha256"] != other["judgements_sha256"]
