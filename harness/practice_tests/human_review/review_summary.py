"""The summary of a review by people, on one page in every language, from the rows that it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.files import canonical_hash
from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.review.judgements import Reviewer
from harness.review.review_document import ReviewDocument, document_sha256
from harness.review.reviewed import review_rows
from harness.tables.results import Result

MISSED: Mapping[str, str] = {
    "missed_cases": "cases",
    "missed_share": "share",
    "found_share": "share",
    "selected_right": "share",
    "positive_share": "share",
}
MINDS: Mapping[str, str] = {"changed_mind": "share", "followed": "share", "followed_wrong": "share"}
ALPHA = "reviewers_alpha"
OVERALL, REVIEWER = "overall", "reviewer"


def review_result(document: ReviewDocument, reviewers: Sequence[Reviewer], level: float) -> PracticeResult:
    """What a review found, and the page that shows it.

    Args:
        document: what was drawn.
        reviewers: at least one.
        level: confidence level of the intervals.
    """
    rows = review_rows(document, reviewers, level=level)
    found = {(row.axis, row.group, row.metric): row for row in rows}
    groups = [key for key in dict.fromkeys((row.axis, row.group) for row in rows) if key[0] != REVIEWER]
    people = [key for key in dict.fromkeys((row.axis, row.group) for row in rows) if key[0] == REVIEWER]
    unjudged = max((row.n_unscored for row in rows if row.metric == "missed_cases"), default=0)
    values = {
        "system": document.system,
        "dataset": document.dataset,
        "rules": list(dict.fromkeys(rule.label for rule in document.rules)),
        "cases": len(document.cases),
        "reviewers": len(reviewers),
    }
    said = [Said("missed"), *([Said("unjudged", {"num": unjudged})] if unjudged else [])]
    sections = [
        Section(Said("missed"), said, [_table(found, "missed", groups, MISSED)]),
        Section(Said("minds"), [Said("minds")], [_table(found, "minds", [*groups, *people], MINDS)]),
    ]
    if (alpha := found.get((OVERALL, "all", ALPHA))) is not None:
        cells: list[list[Cell]] = [[ALPHA, Figure(alpha), alpha.n_samples]]
        table = PracticeTable(Said("agreement"), ("measure", "value", "judged"), cells)
        sections.append(Section(Said("agreement"), [Said("agreement")], [table]))
    limits = [Said(key) for key in ("limit_seen", "limit_run", "limit_reviewers")]
    return PracticeResult(rows, [Said("reviewed", values)], sections, limits, _facts(document, reviewers))


def _facts(document: ReviewDocument, reviewers: Sequence[Reviewer]) -> dict[str, Any]:
    """What every cell of the tables goes into, as not each of them changes a row: an answer to an unclear case."""
    judged = [[one.model_dump() for _, one in sorted(of.judged.items())] for of in reviewers]
    return {
        "review_sha256": document_sha256(document),
        "cases": len(document.cases),
        "judgements": [len(of) for of in judged],
        "judgements_sha256": canonical_hash(judged),
    }


def _table(
    found: Mapping[tuple[str, str, str], Result],
    caption: str,
    keys: Sequence[tuple[str, str]],
    metrics: Mapping[str, str],
) -> PracticeTable:
    """A row for everybody, every group or every reviewer."""
    rows: list[list[Cell]] = []
    for axis, group in keys:
        figures = [(found.get((axis, group, metric)), key) for metric, key in metrics.items()]
        if any(row is not None for row, _ in figures):
            name: Cell = Said("reviewer", {"code": group}) if axis == REVIEWER else group
            rows.append([name, *(None if row is None else Figure(row, key) for row, key in figures)])
    return PracticeTable(Said(caption), ("group", *metrics), rows)
