"""The page on a review by people: what it says of made judgements, in both languages."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from harness.practice_tests.human_review.review_summary import Reviewed, write_review_summaries
from harness.review.judgements import Judged, Reviewer
from harness.review.review_document import Case, ReviewDocument
from harness.review.reviewed import review_rows

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
        number: Judged(
            case=number, blind=label, after=("anger" if number <= 4 else "fear") if follows else label, seconds=1
        )
        for number, label in enumerate(BLIND, start=1)
    }
    return Reviewer(name, judged)


def text(path: Path) -> str:
    plain = re.sub(r"<style>.*?</style>|<[^>]+>", " ", path.read_text(), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(plain))


@pytest.fixture
def pages(tmp_path: Path) -> dict[str, str]:
    people = [reviewer("R1", follows=True), reviewer("R2", follows=False)]
    rows = review_rows(document(), people, level=0.95)
    reviewed = Reviewed("d", "acme", ["anger"], 8, 2)
    return {
        path.name: text(path) for path in write_review_summaries(reviewed, rows, tmp_path / "review_results.csv")
    }


def test_whom_it_misses_is_said_in_both_languages(pages: dict[str, str]) -> None:
    assert set(pages) == {"review_summary.en.html", "review_summary.nl.html"}
    english, dutch = pages["review_summary.en.html"], pages["review_summary.nl.html"]
    # One of the three that could be judged shows anger, of 100 that were not selected.
    assert "all cases 33 1 to 90 33 %" in english
    assert "alle gevallen 33 1 tot 90 33 %" in dutch
    assert "acme selects cases of d for: anger." in english
    assert "acme kiest gevallen uit d voor: boosheid." in dutch
    assert "on which reviewers were divided: 1." in english
    assert "vrouwen" in dutch
    assert "female" not in dutch
    assert "in de tabel (CSV) naast deze pagina" in dutch
    assert "practice.json" not in english.partition("Where the numbers are")[2]


def test_who_follows_the_system_is_seen_for_every_reviewer(pages: dict[str, str]) -> None:
    english, dutch = pages["review_summary.en.html"], pages["review_summary.nl.html"]
    first, second = (english.partition(f"reviewer {name}")[2].split("reviewer")[0] for name in ("R1", "R2"))
    assert first.strip().startswith("38 %")
    assert second.strip().startswith("0 %")
    assert "beoordelaar R1 38 %" in dutch
    assert "Krippendorff's alpha 1.000" in english
    assert "alfa van Krippendorff 1,000" in dutch


def test_one_reviewer_and_nothing_to_agree_on(tmp_path: Path) -> None:
    rows = review_rows(document(), [reviewer("R1", follows=False)], level=0.95)
    paths = write_review_summaries(Reviewed("d", "acme", ["anger"], 8, 1), rows, tmp_path / "my.csv")
    assert [path.name for path in paths] == ["my_summary.en.html", "my_summary.nl.html"]
    assert "alpha" not in text(paths[0])
