"""The summary of a review by people, on one page in every language, from the rows that it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.practice_tests.practice_folder import write_summaries
from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.tables.results import Result

NAME = "human_review"
WORDS = Path(__file__).with_name("words")
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


@dataclass(frozen=True)
class Reviewed:
    """What was reviewed.

    Attributes:
        dataset: its name.
        system: its name.
        rules: the labels that the system selects for.
        num_cases: that people were shown.
        num_reviewers: who judged them.
    """

    dataset: str
    system: str
    rules: Sequence[str]
    num_cases: int
    num_reviewers: int


def write_review_summaries(reviewed: Reviewed, rows: Sequence[Result], table: Path) -> list[Path]:
    """Write the page in every language; their paths.

    Args:
        reviewed: what was reviewed.
        rows: of the results, in the order in which they are stored.
        table: the file that they are stored in; the pages lie beside it and are called after it.
    """
    stem = f"{table.stem.removesuffix('_results')}_summary"
    return write_summaries(NAME, WORDS, review_result(reviewed, rows), table.parent, stem)


def review_result(reviewed: Reviewed, rows: Sequence[Result]) -> PracticeResult:
    """What the page shows.

    Args:
        reviewed: what was reviewed.
        rows: of the results, in the order in which they are stored.
    """
    found = {(row.axis, row.group, row.metric): row for row in rows}
    groups = [key for key in dict.fromkeys((row.axis, row.group) for row in rows) if key[0] != REVIEWER]
    people = [key for key in dict.fromkeys((row.axis, row.group) for row in rows) if key[0] == REVIEWER]
    unjudged = max((row.n_unscored for row in rows if row.metric == "missed_cases"), default=0)
    values = {
        "system": reviewed.system,
        "dataset": reviewed.dataset,
        "rules": list(reviewed.rules),
        "cases": reviewed.num_cases,
        "reviewers": reviewed.num_reviewers,
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
    return PracticeResult(rows, [Said("reviewed", values)], sections, limits)


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
