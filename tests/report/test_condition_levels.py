from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from harness.report.condition_levels import condition_levels
from harness.tables.results import Result, results_table


def level(model: str, condition: str, metric: str, value: float) -> Result:
    counts = {"n_samples": 9, "n_subjects": 3, "n_unscored": 0}
    return Result(dataset="d", model=model, condition=condition, metric=metric, value=value, **counts)


def table(*conditions: str) -> pa.Table:
    own = [
        level("m", c, metric, i / 10)
        for i, c in enumerate(conditions)
        for metric in ("brier", "uar", "ccc:arousal")
    ]
    return results_table([*own, level("majority", "clean", "uar", 0.5)])


def test_headline_metrics_under_every_condition_clean_first() -> None:
    found = condition_levels(table("face/grey", "clean", "face/mirror"), "m")
    assert found is not None
    assert len(found.metrics) == 2
    values = {condition: [row["value"] for row in rows if row] for condition, rows in found.rows.items()}
    assert values == {"clean": [0.1, 0.1], "face/grey": [0.0, 0.0], "face/mirror": [0.2, 0.2]}
    assert list(values) == ["clean", "face/grey", "face/mirror"]


def test_an_area_over_severities_is_no_condition() -> None:
    area = replace(level("m", "face/blur", "uar", -0.1), statistic="difference", versus_condition="clean")
    found = condition_levels(pa.concat_tables([table("clean", "face/blur@1"), results_table([area])]), "m")
    assert found is not None
    assert list(found.rows) == ["clean", "face/blur@1"]


def test_clean_alone_needs_no_table() -> None:
    assert condition_levels(table("clean"), "m") is None
