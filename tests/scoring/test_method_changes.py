from __future__ import annotations

from dataclasses import replace

from harness.scoring.method_changes import CHANGES, explained
from harness.scoring.same_values import RowDifference

SUPPORT = RowDifference(
    "toy, clean, check, support, index, overall, age", "check", "support", None, "value", 5.0, 4.0
)


def test_a_change_of_method_explains_its_rows_in_earlier_runs_alone() -> None:
    (support,) = (change for change in CHANGES if change.metric == "support")
    metric = replace(SUPPORT, kind="metric")
    other = replace(SUPPORT, metric="own_check")
    assert explained([SUPPORT, metric, other], 1) == ({support: [SUPPORT]}, [metric, other])
    assert explained([SUPPORT], support.since) == ({}, [SUPPORT])


def test_smoothed_ends_are_explained_and_nothing_else_of_their_rows() -> None:
    method = "subject bootstrap, expanded percentile, 200 resamples"
    end = RowDifference("toy, clean, metric, uar, level, overall, all", "metric", "uar", method, "lo", 0.5, 0.51)
    value, other = replace(end, column="value"), replace(end, method="jackknife over subjects, Student's t")
    by_change, unexplained = explained([end, value, other], 1)
    assert list(by_change.values()) == [[end]]
    assert unexplained == [value, other]
