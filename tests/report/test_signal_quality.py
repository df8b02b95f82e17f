from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.report.signal_quality import equal_gaps, refusals
from harness.tables.results import Result, results_table

SIDES: dict[str, Any] = {
    "axis": "sex",
    "attributes": ("sex",),
    "group": "f",
    "group_values": ("f",),
    "versus": "m",
    "versus_values": ("m",),
}


def row(kind: str, measure: str, value: float | None, **more: Any) -> Result:
    columns = {"metric": "accuracy", "n_samples": 9, "n_subjects": 3, "n_unscored": 0, **more}
    return Result(dataset="d", model="own", kind=kind, other_axis=measure, value=value, **columns)


def gap(kind: str, measure: str, equal: float, change: float, support: float) -> list[Result]:
    index: dict[str, Any] = {"statistic": "index", **SIDES}
    return [
        row(kind, measure, equal, statistic="difference", **SIDES),
        row(kind, measure, change, index="raw_less_equal", own_value=equal + change, versus_value=equal, **index),
        row(kind, measure, support, index="common_support", **index),
    ]


def refused(measure: str, share: float, groups: dict[str, float]) -> list[Result]:
    columns: dict[str, Any] = {"threshold": share}
    of_groups = [
        row(
            "refused_quality",
            measure,
            value,
            **columns | SIDES | {"metric": "refused", "group": name, "versus": None},
        )
        for name, value in groups.items()
    ]
    change = row("refused_quality", measure, 0.02, **columns, statistic="index", index="kept_less_all")
    return [row("refused_quality", measure, 0.6, **columns), change, *of_groups]


def table(*rows: Result) -> pa.Table:
    return results_table(rows)


def test_gaps_that_quality_changes_most_come_first() -> None:
    rows = [
        *gap("equal_quality", "snr", -0.02, -0.01, 1.0),
        *gap("matched_quality", "all measures", 0.0, -0.2, 0.3),
        row("equal_quality", "face_size", None, statistic="difference", **SIDES),
    ]
    found = equal_gaps(table(*rows), "own")
    assert [one.measure for one in found] == ["all measures", "signal-to-noise ratio", "face size"]
    assert [one.is_matched for one in found] == [True, False, False]
    assert [one.support for one in found] == [0.3, 1.0, None]
    assert found[0].change is not None
    assert found[0].change["own_value"] == -0.2
    assert found[2].change is None


def test_a_refusal_names_whom_it_hits_most_and_least() -> None:
    rows = [*refused("snr", 0.1, {"f": 0.3, "m": 0.1, "x": 0.05}), *refused("snr", 0.2, {})]
    first, second = refusals(table(*rows), "own")
    assert (first.measure, first.share) == ("signal-to-noise ratio", 0.1)
    assert (first.accuracy["value"], first.change["value"]) == (0.6, 0.02)
    assert first.most is not None
    assert first.least is not None
    assert (first.most["group"], first.least["group"]) == ("f", "x")
    assert second.most is second.least is None


def test_other_models_and_runs_without_quality_show_nothing() -> None:
    rows = table(*gap("equal_quality", "snr", 0.1, 0.1, 1.0), *refused("snr", 0.1, {"f": 0.1}))
    assert equal_gaps(rows, "other") == refusals(rows, "other") == []
    assert equal_gaps(results_table([]), "own") == refusals(results_table([]), "own") == []
