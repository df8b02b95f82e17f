"""Two results tables say the same, or where they do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.scoring.same_values import RowDifference, row_differences
from harness.tables.results import Result, results_table
from harness.verdicts.judge import checked, not_tested

ROW = Result(
    dataset="d",
    model="m",
    metric="uar",
    value=0.1 + 0.2,
    n_samples=6,
    n_subjects=3,
    n_unscored=0,
    lo=0.1,
    judgement=not_tested("too few subjects"),
)


@pytest.mark.parametrize(
    "other", [replace(ROW, value=0.3), replace(ROW, judgement=not_tested("put in other words"), method="x")]
)
def test_the_last_bit_and_the_wording_do_not_count(other: Result) -> None:
    assert row_differences(results_table([ROW]), results_table([other])) == []


@pytest.mark.parametrize(
    ("other", "column", "found"),
    [
        (replace(ROW, value=0.3 + 1e-11), "value", 0.3 + 1e-11),
        (replace(ROW, lo=None), "lo", None),
        (replace(ROW, n_subjects=4), "n_subjects", 4),
        (replace(ROW, judgement=checked(False, "nothing found")), "verdict", "met"),
    ],
)
def test_every_number_and_verdict_counts(other: Result, column: str, found: object) -> None:
    (one,) = row_differences(results_table([ROW]), results_table([other]))
    assert (one.column, one.found) == (column, found)
    assert "uar" in one.row


def test_rows_are_matched_by_what_they_are_about_in_any_order() -> None:
    other = replace(ROW, metric="auc", value=0.9)
    assert row_differences(results_table([ROW, other]), results_table([other, ROW])) == []
    (gone,) = row_differences(results_table([ROW, other]), results_table([ROW]))
    assert (gone.column, gone.stored, gone.found) == (None, True, False)
    assert isinstance(gone, RowDifference)
    (new,) = row_differences(results_table([ROW]), results_table([ROW, ROW]))
    assert (new.stored, new.found) == (False, True)
