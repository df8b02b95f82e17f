"""A review as facts and tables without names, and back.

The tables: ``strata`` (how many cases of each the run has, and how many of them were drawn: the ratio is the
probability with which each was), ``cases`` in the order in which people were shown them, and ``judgements``. Cases
and reviewers are numbers from 1, people and rows of the run's samples numbers from 0. How long somebody took for a
case is in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.attributes.groups import PREFIX
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.practice_tests.human_review.review_options import MAX_REVIEWERS
from harness.practice_tests.observed import Observed
from harness.practice_tests.observed_columns import (
    SUBJECT,
    numbers_in,
    some_texts_in,
    subjects_in,
    text_column,
    texts_in,
    whole_numbers_in,
)
from harness.review.judgements import Judged, Reviewer, reviewer_of
from harness.review.review_document import ReviewDocument

STRATA, CASES, JUDGEMENTS = "strata", "cases", "judgements"
_IN_TABLES = {STRATA, CASES}
_IN_OPTIONS = {"schema_version", "seed"}


class _Facts(BaseModel):
    """The parts of ``review.json`` that are neither tables nor options."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    run_sha256: str
    dataset: str
    system: str
    labels: list[str]
    rules: list[dict[str, Any]]
    by: str | None


def observed_review(document: ReviewDocument, reviewers: Sequence[Reviewer], people: Sequence[str]) -> Observed:
    """What was drawn and what people judged.

    Args:
        document: what was drawn.
        reviewers: at least one; they are numbered in this order.
        people: what the people of the run are called, by their numbers, and then the reviewers.
    """
    drawn = drawn_tables(document)
    return Observed(drawn.facts, {**drawn.tables, JUDGEMENTS: _judgement_table(reviewers)}, people)


def drawn_tables(document: ReviewDocument) -> Observed:
    """What was drawn, and what the system answered."""
    facts = _Facts(**document.model_dump(mode="json", exclude=_IN_TABLES | _IN_OPTIONS))
    return Observed(
        facts.model_dump(mode="json"), {STRATA: _stratum_table(document), CASES: _case_table(document)}
    )


def run_sha256_of(observed: Observed) -> str:
    """The SHA-256 of ``run.json`` of the run whose cases were judged.

    Raises:
        HarnessError: the facts are not those of a review.
    """
    return observed.facts_as(_Facts).run_sha256


def reviewed_document(observed: Observed, seed: int) -> ReviewDocument:
    """What was drawn.

    Args:
        observed: what was observed; not trusted.
        seed: of the draw.

    Raises:
        HarnessError: facts or tables are not those of a review.
    """
    facts, strata, cases = observed.facts_as(_Facts), observed.table(STRATA), observed.table(CASES)
    stated = {
        **facts.model_dump(),
        "schema": 1,
        "seed": seed,
        "strata": _strata_in(strata, facts.by),
        "cases": _cases_in(cases),
    }
    try:
        document = ReviewDocument.model_validate(stated)
    except ValidationError as error:
        raise HarnessError(f"observed: {validation_problems(error)}") from None
    if not cases.equals(_case_table(document)) or not strata.equals(_stratum_table(document)):
        raise HarnessError("observed: the cases do not fit their strata.")
    return document


def reviewers_in(observed: Observed, document: ReviewDocument) -> list[Reviewer]:
    """What each reviewer judged, who is called by a number.

    Args:
        observed: what was observed; not trusted.
        document: what was drawn.

    Raises:
        HarnessError: the table is not that of such judgements.
    """
    table = observed.table(JUDGEMENTS)
    where = f"observed: {JUDGEMENTS}"
    columns = (
        *(whole_numbers_in(table, name) for name in ("reviewer", "case")),
        *(texts_in(table, name) for name in ("blind", "after")),
    )
    judged: dict[int, list[Judged]] = {}
    try:
        for reviewer, case, blind, after in zip(*columns, strict=True):
            judged.setdefault(reviewer, []).append(Judged(case=case, blind=blind, after=after))
    except ValidationError as error:
        raise HarnessError(f"{where}: {validation_problems(error)}") from None
    reviewers = [reviewer_of(str(number), of, document, where) for number, of in judged.items()]
    if not 1 <= len(reviewers) <= MAX_REVIEWERS or not table.equals(_judgement_table(reviewers)):
        raise HarnessError(f"{where}: expected 1 to {MAX_REVIEWERS} reviewers, each with their cases in order.")
    return reviewers


def _stratum_table(document: ReviewDocument) -> pa.Table:
    strata = document.strata
    return pa.table(
        {
            "status": text_column(of.status for of in strata),
            "group": pa.array([of.group for of in strata], pa.string()),
            "num_cases": _whole(of.num_cases for of in strata),
            "num_drawn": _whole(of.num_drawn for of in strata),
        }
    )


def _strata_in(table: pa.Table, by: str | None) -> list[Mapping[str, Any]]:
    groups = some_texts_in(table, "group")
    if any((group is None) != (by is None) for group in groups):
        raise HarnessError("observed: strata have groups where cases were drawn by group, and only there.")
    columns: dict[str, Sequence[Any]] = {
        "status": texts_in(table, "status"),
        "group": groups,
        "num_cases": whole_numbers_in(table, "num_cases"),
        "num_drawn": whole_numbers_in(table, "num_drawn"),
    }
    return _rows(columns)


def _case_table(document: ReviewDocument) -> pa.Table:
    """The cases; the group of each is a column of its own, by which people are counted who share it."""
    cases = document.cases
    groups = [document.strata[case.stratum].group for case in cases]
    return pa.table(
        {
            "case": _whole(range(1, len(cases) + 1)),
            "row": _whole(case.row for case in cases),
            SUBJECT: _whole(case.subject for case in cases),
            "stratum": _whole(case.stratum for case in cases),
            "answer": pa.array([case.answer for case in cases], pa.string()),
            "score": pa.array([case.score for case in cases], pa.float64()),
            "truth": pa.array([case.truth for case in cases], pa.string()),
            **({} if document.by is None else {f"{PREFIX}{document.by}": pa.array(groups, pa.string())}),
        }
    )


def _cases_in(table: pa.Table) -> list[Mapping[str, Any]]:
    scores = numbers_in(table, "score").tolist()
    columns: dict[str, Sequence[Any]] = {
        "row": whole_numbers_in(table, "row"),
        "stratum": whole_numbers_in(table, "stratum"),
        "subject": subjects_in(table).tolist(),
        "answer": some_texts_in(table, "answer"),
        "score": [None if score != score else score for score in scores],
        "truth": some_texts_in(table, "truth"),
    }
    return _rows(columns)


def _judgement_table(reviewers: Sequence[Reviewer]) -> pa.Table:
    rows = [(number, one) for number, of in enumerate(reviewers, start=1) for _, one in sorted(of.judged.items())]
    return pa.table(
        {
            "reviewer": _whole(number for number, _ in rows),
            "case": _whole(one.case for _, one in rows),
            "blind": text_column(one.blind for _, one in rows),
            "after": text_column(one.after for _, one in rows),
        }
    )


def _rows(columns: Mapping[str, Sequence[Any]]) -> list[Mapping[str, Any]]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _whole(numbers: Iterable[int]) -> pa.Array:
    return pa.array(list(numbers), pa.int64())
