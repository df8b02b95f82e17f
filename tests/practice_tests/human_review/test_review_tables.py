"""A review as tables: what was written is read again, and tables that contradict themselves are refused."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.practice_tests.human_review.review_tables import (
    drawn_tables,
    observed_review,
    reviewed_document,
    reviewers_in,
    run_sha256_of,
)
from harness.practice_tests.observed import Observed
from harness.review.judgements import Judged, Reviewer
from harness.review.review_document import ReviewDocument

SEED = 7


def document(by: str | None = "sex*age") -> ReviewDocument:
    """Three cases: of two strata, one without an answer and one without a score."""
    groups = ("female*30-49", "male*30-49") if by else (None, None)
    strata = [
        {"status": "selected", "group": groups[0], "num_cases": 9, "num_drawn": 2},
        {"status": "no_answer", "group": groups[1], "num_cases": 5, "num_drawn": 1},
    ]
    cases = [
        {"row": 40, "stratum": 0, "subject": 3, "answer": "anger", "score": 0.1, "truth": "calm"},
        {"row": 2, "stratum": 1, "subject": 0, "answer": None, "score": None, "truth": None},
        {"row": 7, "stratum": 0, "subject": 3, "answer": "anger", "score": None, "truth": ""},
    ]
    facts = {"run_sha256": "ab" * 32, "dataset": "d", "system": "s", "labels": ["anger", "calm"]}
    rules = [{"label": "anger", "least": 0.25}]
    return ReviewDocument.model_validate(
        {"schema": 1, **facts, "rules": rules, "by": by, "seed": SEED, "strata": strata, "cases": cases}
    )


def reviewers() -> list[Reviewer]:
    """The first judged the last case before the first one, and not the second."""
    first = {3: Judged(case=3, blind="calm", after="anger"), 1: Judged(case=1, blind="anger", after="anger")}
    second = {2: Judged(case=2, blind="(cannot tell)", after="(none of these)")}
    return [Reviewer("Ann", first), Reviewer("Bob", second)]


def observed(**tables: pa.Table) -> Observed:
    whole = observed_review(document(), reviewers(), ["p0", "p1", "p2", "p3", "Ann", "Bob"])
    return Observed(whole.facts, {**whole.tables, **tables})


def with_column(name: str, column: str, values: list[Any]) -> Observed:
    table = observed().table(name)
    kind = table.schema.field(column).type
    changed = table.set_column(table.column_names.index(column), column, pa.array(values, kind))
    return observed(**{name: changed})


@pytest.mark.parametrize("by", ["sex*age", None])
def test_what_was_drawn_is_read_again(by: str | None) -> None:
    tables = observed_review(document(by), reviewers(), [])
    assert reviewed_document(tables, SEED) == document(by)
    assert run_sha256_of(tables) == "ab" * 32
    assert ("attr.sex*age" in tables.table("cases").column_names) == (by is not None)
    assert drawn_tables(document(by)).tables.keys() == {"strata", "cases"}


def test_reviewers_are_numbers_and_their_cases_in_order() -> None:
    found = reviewers_in(observed(), document())
    assert [of.name for of in found] == ["1", "2"]
    assert [list(of.judged) for of in found] == [[1, 3], [2]]
    assert found[0].judged == reviewers()[0].judged
    assert observed().table("judgements")["reviewer"].to_pylist() == [1, 1, 2]
    assert "Ann" not in str(observed().facts) + str([of.to_pylist() for of in observed().tables.values()])


@pytest.mark.parametrize(
    ("table", "column", "values", "message"),
    [
        ("cases", "case", [1, 3, 2], "do not fit their strata"),
        ("cases", "attr.sex*age", ["male*30-49"] * 3, "do not fit their strata"),
        ("cases", "stratum", [0, -1, 0], "expected at least"),
        ("cases", "row", [40, 40, 7], "in the list twice"),
        ("cases", "subject", [3, None, 3], "column subject: a cell is empty"),
        ("cases", "score", [0.1, None, float("inf")], "a number is infinite"),
        ("strata", "group", ["female*30-49", None], "strata have groups where"),
        ("strata", "status", ["selected", "seen"], "status"),
        ("strata", "num_cases", [1, 5], "not those of their cases"),
        ("judgements", "reviewer", [2, 2, 1], "each with their cases in order"),
        ("judgements", "reviewer", [0, 0, 1], "each with their cases in order"),
        ("judgements", "case", [3, 1, 2], "each with their cases in order"),
        ("judgements", "case", [1, 1, 2], "a case is judged twice"),
        ("judgements", "case", [1, 4, 2], "case 4 or its label"),
        ("judgements", "blind", ["calm", "x" * 301, "calm"], "at most 300"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    table: str, column: str, values: list[Any], message: str
) -> None:
    changed = with_column(table, column, values)
    with pytest.raises(HarnessError, match=message):
        reviewers_in(changed, reviewed_document(changed, SEED))


def test_nothing_that_was_judged_is_refused() -> None:
    empty = observed(judgements=observed().table("judgements").slice(0, 0))
    with pytest.raises(HarnessError, match="expected 1 to 100 reviewers"):
        reviewers_in(empty, document())


def test_a_column_of_words_is_refused() -> None:
    for name in ("strata", "cases", "judgements"):
        table = observed().table(name)
        more = observed(**{name: table.append_column("note", pa.array(["Ann"] * len(table)))})
        with pytest.raises(HarnessError, match=r"do not fit their strata|in order"):
            reviewers_in(more, reviewed_document(more, SEED))
