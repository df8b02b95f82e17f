from __future__ import annotations

from dataclasses import replace

import pytest

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


@pytest.mark.parametrize(
    "method", ["subject bootstrap, expanded percentile, 200 resamples", "jackknife over subjects, Student's t"]
)
def test_ends_of_intervals_are_explained_and_nothing_else_of_their_rows(method: str) -> None:
    end = RowDifference(
        "toy, clean, metric, uar, level, overall, all", "metric", "uar", "level", None, method, "lo", 0.5, 0.51
    )
    value, other = replace(end, column="value"), replace(end, method="all subjects alike: exact bound")
    by_change, unexplained = explained([end, value, other], 1)
    assert list(by_change.values()) == [[end]]
    assert unexplained == [value, other]


@pytest.mark.parametrize("metric", ["uar", "recall:anger"])
def test_intervals_that_are_no_longer_given_are_explained_by_their_metric(metric: str) -> None:
    gone = RowDifference("toy", "metric", metric, "level", None, "all subjects alike", "lo", 0.5, None)
    level, moved = replace(gone, column="level", stored=0.95), replace(gone, found=0.51)
    others = [moved, replace(gone, metric="accuracy"), replace(gone, statistic="difference", column="value")]
    by_change, unexplained = explained([gone, level, *others], 1)
    ((change, found),) = by_change.items()
    assert (change.of_gone, metric.partition(":")[0] in change.metrics, found) == (True, True, [gone, level])
    assert unexplained == others


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


def test_roots_explain_what_became_of_differences_and_not_of_levels() -> None:
    names = ("interval of calibration_error_sq", "differences in calibration_error_sq")
    levels, roots = (next(change for change in CHANGES if change.about == name) for name in names)
    of_square = replace(SUPPORT, kind="metric", metric="calibration_error_sq")
    value = replace(of_square, statistic="difference", column="value")
    bound, level = (replace(of_square, statistic="level", column=column) for column in ("lo", "value"))
    other = replace(value, metric="ece")
    assert explained([value, bound, level, other], 1) == ({roots: [value], levels: [bound]}, [level, other])


INTERVAL = RowDifference(
    "toy, clean, search, uar, difference, overall", "search", "uar", "difference", None, None, "lo", 0.5, 0.51
)


def test_numbering_subjects_by_rank_explains_drawn_columns_of_unsorted_runs_alone() -> None:
    level = replace(INTERVAL, kind="metric", statistic="level")
    by_change, found = explained([INTERVAL, level], 1, is_sorted=False)
    assert {change.about: differences for change, differences in by_change.items()} == {"search": [INTERVAL]}
    assert found == [level]
    assert explained([INTERVAL], 1)[1] == [INTERVAL]
    assert explained([INTERVAL], 2, is_sorted=False)[1] == [INTERVAL]
