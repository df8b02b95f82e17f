from __future__ import annotations

from dataclasses import replace

from harness.scoring.method_changes import CHANGES, explained
from harness.scoring.same_values import RowDifference

SUPPORT = RowDifference(
    "toy, clean, check, support, index, overall, age", "check", "support", "index", "found", "value", 5.0, 4.0
)


def test_a_change_of_method_explains_its_rows_in_earlier_runs_alone() -> None:
    (support,) = (change for change in CHANGES if change.metrics == ("support",))
    metric = replace(SUPPORT, kind="metric")
    other = replace(SUPPORT, metric="own_check")
    assert explained([SUPPORT, metric, other], 1) == ({support: [SUPPORT]}, [metric, other])
    assert explained([SUPPORT], support.since) == ({}, [SUPPORT])


def test_a_change_of_intervals_explains_no_change_of_values() -> None:
    (differences,) = (change for change in CHANGES if change.about == "differences between groups")
    bound = RowDifference("a less b", "metric", "uar", "difference", None, "lo", 0.1, 0.2)
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
