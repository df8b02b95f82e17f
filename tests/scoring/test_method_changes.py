from __future__ import annotations

from dataclasses import replace

from harness.scoring.method_changes import CHANGES, explained
from harness.scoring.same_values import RowDifference

SUPPORT = RowDifference(
    "toy, clean, check, support, index, overall, age",
    "check",
    "support",
    "index",
    "found",
    None,
    "value",
    5.0,
    4.0,
)


def test_a_change_of_method_explains_its_rows_in_earlier_runs_alone() -> None:
    (support,) = (change for change in CHANGES if change.metrics == ("support",))
    metric = replace(SUPPORT, kind="metric")
    other = replace(SUPPORT, metric="own_check")
    assert explained([SUPPORT, metric, other], 1) == ({support: [SUPPORT]}, [metric, other])
    assert explained([SUPPORT], support.since) == ({}, [SUPPORT])


def test_smoothed_ends_are_explained_and_nothing_else_of_their_rows() -> None:
    method = "subject bootstrap, expanded percentile, 200 resamples"
    end = RowDifference(
        "toy, clean, metric, uar, level, overall, all", "metric", "uar", "level", None, method, "lo", 0.5, 0.51
    )
    value, other = replace(end, column="value"), replace(end, method="jackknife over subjects, Student's t")
    by_change, unexplained = explained([end, value, other], 1)
    assert list(by_change.values()) == [[end]]
    assert unexplained == [value, other]


def test_a_change_of_intervals_explains_no_change_of_values() -> None:
    (differences,) = (change for change in CHANGES if change.about == "differences between groups")
    bound = RowDifference("a less b", "metric", "uar", "difference", None, None, "lo", 0.1, 0.2)
    others = [
        replace(bound, column="value"),
        replace(bound, statistic="level"),
        replace(bound, kind="check"),
        replace(bound, column=None),
    ]
    assert explained([bound, *others], 1) == ({differences: [bound]}, others)
