from __future__ import annotations

from dataclasses import replace

from harness.scoring.method_changes import CHANGES, explained
from harness.scoring.same_values import RowDifference

SUPPORT = RowDifference("toy, clean, check, support, index, overall, age", "check", "support", "value", 5.0, 4.0)


def test_a_change_of_method_explains_its_rows_in_earlier_runs_alone() -> None:
    (support,) = (change for change in CHANGES if change.metric == "support")
    metric = replace(SUPPORT, kind="metric")
    other = replace(SUPPORT, metric="own_check")
    assert explained([SUPPORT, metric, other], 1) == ({support: [SUPPORT]}, [metric, other])
    assert explained([SUPPORT], support.since) == ({}, [SUPPORT])


INTERVAL = RowDifference("toy, clean, metric, uar, level, overall", "metric", "uar", "lo", 0.5, 0.51)
P = RowDifference(
    "toy, clean, metric, uar, index, global_test_p, sex", "metric", "uar", "value", 0.2, 0.3, "index"
)


def test_numbering_subjects_by_rank_explains_drawn_columns_of_unsorted_runs_alone() -> None:
    value = replace(INTERVAL, column="value")
    by_change, found = explained([INTERVAL, P, value], 1, is_sorted=False)
    ((change, explains),) = by_change.items()
    assert (change.rows, change.of_unsorted, explains, found) == ("metric", True, [INTERVAL, P], [value])
    assert explained([INTERVAL, P], 1)[1] == [INTERVAL, P]
    assert explained([INTERVAL, P], 2, is_sorted=False)[1] == [INTERVAL, P]
