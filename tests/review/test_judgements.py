from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.review.judgements import read_answers
from harness.review.review_document import Case, ReviewDocument, read_document, write_document


def document() -> ReviewDocument:
    strata = [{"status": "selected", "group": None, "num_cases": 5, "num_drawn": 2}]
    cases = [Case(row=n, stratum=0, subject=n, answer="anger", score=0.5, truth=None) for n in range(2)]
    facts = {"run_sha256": "0" * 64, "dataset": "d", "system": "s", "labels": ["anger", "calm"], "by": None}
    rules = [{"label": "anger", "least": 0.5}]
    return ReviewDocument.model_validate(
        {"schema": 1, **facts, "rules": rules, "seed": 0, "strata": strata, "cases": cases}
    )


def answers(path: Path, digest: str, **changes: Any) -> Path:
    one = {"case": 1, "blind": "calm", "after": "anger", "seconds": 2.5}
    content = {"schema": 1, "review": digest, "reviewer": "A", "judgements": [one], **changes}
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def digest(tmp_path: Path) -> str:
    return write_document(document(), tmp_path)


def test_what_was_written_is_read_again(tmp_path: Path, digest: str) -> None:
    assert read_document(tmp_path) == (document(), digest)
    files = [answers(tmp_path / "b", digest, reviewer="B"), answers(tmp_path / "a", digest)]
    found = read_answers(files, document(), digest)
    assert [of.name for of in found] == ["B", "A"]
    assert found[0].judged[1].after == "anger"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"review": "1" * 64}, "of another review"),
        ({"reviewer": "<b>"}, "reviewer"),
        ({"judgements": []}, "nothing was judged"),
        ({"judgements": [{"case": 3, "blind": "calm", "after": "calm", "seconds": 1}]}, "case 3 or its label"),
        ({"judgements": [{"case": 1, "blind": "joy", "after": "calm", "seconds": 1}]}, "case 1 or its label"),
        ({"judgements": [{"case": 1, "blind": "calm", "after": "calm", "seconds": 1}] * 2}, "judged twice"),
        ({"more": 1}, "more"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, digest: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        read_answers([answers(tmp_path / "a", digest, **changes)], document(), digest)


def test_two_files_of_one_reviewer_are_refused(tmp_path: Path, digest: str) -> None:
    files = [answers(tmp_path / "a", digest), answers(tmp_path / "b", digest)]
    with pytest.raises(HarnessError, match="Two of the files are by A"):
        read_answers(files, document(), digest)


@pytest.mark.parametrize("content", ["", "[]", '{"schema": 1}', "[" * 5000])
def test_a_broken_document_is_one_message(tmp_path: Path, content: str) -> None:
    (tmp_path / "review.json").write_text(content)
    with pytest.raises(HarnessError, match=r"review\.json"):
        read_document(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"num_cases": 5', '"num_cases": 1', "not those of their cases"),
        ('"num_cases": 5', f'"num_cases": {10**13}', "expected at most"),
        ('"row": 1', '"row": 0', "in the list twice"),
        ('"label": "anger"', '"label": "joy"', "a label that the system does not have"),
    ],
)
def test_a_document_that_contradicts_itself_is_refused(
    tmp_path: Path, digest: str, before: str, after: str, message: str
) -> None:
    path = tmp_path / "review.json"
    assert before in path.read_text()
    path.write_text(path.read_text().replace(before, after))
    with pytest.raises(HarnessError, match=message):
        read_document(tmp_path)
