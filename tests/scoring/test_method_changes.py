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


def test_a_change_of_intervals_does_not_explain_another_value() -> None:
    (change,) = (change for change in CHANGES if change.metric == "ece")
    lower, value = (replace(SUPPORT, kind="metric", metric="ece", column=column) for column in ("lo", "value"))
    assert explained([lower, value], 1) == ({change: [lower]}, [value])
