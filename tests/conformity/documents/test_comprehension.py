from __future__ import annotations

import re

import pytest
from documented_runs import Document

from harness.conformity.documents.comprehension import questions
from harness.conformity.documents.public_words import LANGUAGES, PublicWords

CASES = ("worse", "unclear", "alike", "unknown")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_there_are_five_questions_with_three_answers_each(language: str, case: str) -> None:
    found = questions(PublicWords(language), case=case, label="anger", groups="women")
    assert [len(one.answers) for one in found] == [3] * 5
    assert all(len(set(one.answers)) == 3 for one in found)
    assert not any(re.search(r"[{}]", text) for one in found for text in (one.text, *one.answers))


def test_the_key_names_the_answer_that_the_results_make_right() -> None:
    words = PublicWords("en")
    of_case = {case: questions(words, case=case, label="anger", groups="women")[2] for case in CASES}
    said = {case: one.answers["ABC".index(one.right)] for case, one in of_case.items()}
    assert said == {
        "worse": "For women.",
        "unclear": "The test could not decide that.",
        "alike": "In this test, for none of the groups that could be compared.",
        "unknown": "We do not know. The test could not compare groups.",
    }


def test_the_right_answer_is_not_always_the_first() -> None:
    found = questions(PublicWords("nl"), case="worse", label="boosheid", groups="vrouwen")
    assert [one.right for one in found] == ["B", "A", "C", "B", "A"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_scoring_sheet_leads_back_to_the_text(pages: dict[str, bytes], language: str) -> None:
    page = Document(pages[f"documents/public.{language}.html"])
    sheet = page.source.partition('id="scoring"')[2].partition("</section>")[0]
    assert re.findall(r"<td>([ABC])</td>", sheet) == ["B", "A", "C", "B", "A"]
    targets = re.findall(r'href="#(\w+)"', sheet)
    assert len(targets) == 5
    assert set(targets) <= set(page.by_id)
