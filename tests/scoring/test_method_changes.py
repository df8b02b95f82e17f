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


def test_a_new_kind_of_row_is_explained_whatever_its_metric() -> None:
    new = [
        replace(SUPPORT, kind="standardised", metric=metric, column=None) for metric in ("accuracy", "macro_f1")
    ]
    by_change, others = explained([*new, SUPPORT], 1)
    assert [(change.metric, rows) for change, rows in by_change.items() if change.metric is None] == [(None, new)]
    assert others == []
