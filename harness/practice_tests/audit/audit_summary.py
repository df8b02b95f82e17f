"""The summary of an audit without labels."""

from __future__ import annotations

from collections.abc import Iterator

from harness.attributes.groups import Groups
from harness.practice_tests.audit.audit_options import AuditOptions
from harness.practice_tests.audit.audited_answers import AuditedAnswers
from harness.practice_tests.audit.group_questions import group_questions, group_rows
from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, PracticeTable, Said, Section
from harness.practice_tests.questions import answered
from harness.progress import UNSEEN, Share
from harness.tables.results import Result

Found = dict[tuple[str, str, str], Result]
"""(axis, group, metric) → its row."""

CONFIDENCE = "confidence"
SHOWN = (("coverage", "share"), ("negative", "share"), (CONFIDENCE, "share"), ("seconds", "duration"))


def audit_result(audited: AuditedAnswers, options: AuditOptions, progress: Share = UNSEEN) -> PracticeResult:
    """Judge and summarise.

    Args:
        audited: the answers.
        options: of the test.
        progress: told of questions and groups.
    """
    asking, grouping = progress.split(1, 1)
    rows = answered(list(group_questions(audited, options)), options.level, asking)
    rows += group_rows(audited, options.level, grouping)
    found = {(row.axis, row.group, row.metric): row for row in rows if row.judgement is None}
    of_scores = "share" if audited.are_probabilities else "figure"
    people = {"people": len(set(audited.subject.tolist())), "samples": len(audited.subject)}
    sections = [
        Section(Said("groups", {"axis": groups.axis}), [], list(_tables(found, groups, of_scores)))
        for groups in audited.axes
    ]
    return PracticeResult(
        rows,
        tested=[Said("system", {"model": audited.model, "dataset": audited.dataset, **people}), Said("no_labels")],
        sections=sections,
        limits=[Said(key) for key in ("limit_right", "limit_cause", "limit_people")],
        facts={**people, "axes": [groups.axis for groups in audited.axes], "negative": list(options.negative)},
    )


def _levels(found: Found, groups: Groups, of_scores: str) -> PracticeTable:
    rows: list[list[Cell]] = []
    for group in groups.groups:
        figures = [(found.get((groups.axis, group.name, metric)), key) for metric, key in SHOWN]
        first = found.get((groups.axis, group.name, "coverage"))
        cells: list[Cell] = [
            None if row is None else Figure(row, of_scores if row.metric == CONFIDENCE else key)
            for row, key in figures
        ]
        rows.append([group.name, *cells, 0 if first is None else first.n_subjects])
    return PracticeTable(Said("levels"), ("group", *(metric for metric, _ in SHOWN), "people"), rows)


def _tables(found: Found, groups: Groups, of_scores: str) -> Iterator[PracticeTable]:
    """Those of one axis: what each group is answered, and how answers and scores are distributed in each."""
    yield _levels(found, groups, of_scores)
    yield _of_labels(found, groups, "answer", "answers", "share")
    if (scores := _of_labels(found, groups, "score", "scores", of_scores)).rows:
        yield scores


def _of_labels(found: Found, groups: Groups, metric: str, caption: str, key: str) -> PracticeTable:
    """A figure for each label in each group: a shift of the whole distribution is seen here."""
    prefix = f"{metric}:"
    labels = sorted({name.removeprefix(prefix) for _, _, name in found if name.startswith(prefix)})
    rows: list[list[Cell]] = []
    for label in labels:
        figures = [found.get((groups.axis, group.name, f"{prefix}{label}")) for group in groups.groups]
        rows.append([label, *(None if row is None else Figure(row, key) for row in figures)])
    return PracticeTable(Said(caption), (metric, *(group.name for group in groups.groups)), rows)
