"""From a comparison of models to its rows: what each says and what the tests of a pair are taken from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import paired_people as people
import pytest

from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.comparison_rows import comparison_results
from harness.measurement.models.model_comparison import ModelComparison, compare_models

METRICS = ("accuracy", "coverage")
SETTINGS = MeasureSettings(permutations=200, resamples=100, gaps=METRICS, level=0.9, tolerance=0.3)


@pytest.fixture(scope="module")
def compared() -> tuple[ModelComparison, list[dict[str, Any]]]:
    """Three models on two sexes; the last is worse for women."""
    judges = people.models(np.random.default_rng(0), models=3, worse_by=0.4, for_subjects=range(0, 24, 2))
    axes = (people.by_subject("sex", ("female", "male"), np.arange(24) % 2, judges[0]),)
    models = [judge.counts_along(*axes) for judge in judges]
    comparison = compare_models(models, axes, SETTINGS)
    table = comparison_results(comparison, models, axes, dataset="d", settings=SETTINGS)
    return comparison, table.to_pylist()


def about(rows: list[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    return [row for row in rows if wanted.items() <= row.items()]


def test_every_model_has_its_levels_with_the_settings_level(compared) -> None:
    _, rows = compared
    levels = about(rows, statistic="level")
    places = {(row["model"], row["metric"], row["axis"], row["group"]) for row in levels}
    assert places == {
        (model, metric, *place)
        for model in ("m0", "m1", "m2")
        for metric in METRICS
        for place in (("overall", "all"), ("sex", "female"), ("sex", "male"))
    }
    assert {row["level"] for row in levels} == {0.9}
    assert {row["dataset"] for row in rows} == {"d"}


def test_a_difference_is_the_first_model_less_the_second(compared) -> None:
    comparison, rows = compared
    found = about(rows, statistic="difference", metric="accuracy", axis="sex", group="female")
    assert [(row["model"], row["versus_model"]) for row in found] == [("m0", "m1"), ("m0", "m2"), ("m1", "m2")]
    value = {
        row["model"]: row["value"]
        for row in about(rows, statistic="level", metric="accuracy", axis="sex", group="female")
    }
    for row in found:
        assert row["value"] == pytest.approx(value[row["model"]] - value[row["versus_model"]])
        assert row["lo"] < row["value"] < row["hi"]
        assert row["null_lo"] < 0 < row["null_hi"]
        assert (row["level"], row["threshold"], row["n_subjects"], row["n_samples"]) == (0.9, 0.3, 12, 144)
    wanted = ("m0", "m2", "female", "accuracy")
    (said,) = [d for d in comparison.differences if (d.first, d.second, d.group, d.metric.name) == wanted]
    assert (found[1]["verdict"], found[1]["method"]) == (said.verdict, said.method)
    assert found[1]["reason"].startswith("m2 is worse for female")


def test_the_tests_of_a_pair_take_the_least_p_of_its_places(compared) -> None:
    comparison, rows = compared
    for first, second in (("m0", "m1"), ("m0", "m2"), ("m1", "m2")):
        of_pair = [
            d for d in comparison.differences if (d.first, d.second, d.metric.name) == (first, second, "accuracy")
        ]
        pair = {"model": first, "versus_model": second, "metric": "accuracy", "statistic": "index"}
        (raw,) = about(rows, **pair, index="global_test_p")
        (corrected,) = about(rows, **pair, index="global_test_p_corrected")
        assert raw["value"] == min(d.p for d in of_pair)
        assert corrected["value"] == min(d.p_corrected for d in of_pair)
        assert raw["value"] <= corrected["value"]
        assert (raw["n_samples"], raw["n_subjects"]) == (288, 24)
        assert raw["threshold"] == pytest.approx(0.1)


def test_a_p_that_is_not_known_does_not_hide_the_others(compared) -> None:
    comparison, _ = compared
    unknown = [
        replace(d, p=float("nan"), p_corrected=float("nan")) if d.is_overall else d for d in comparison.differences
    ]
    alone = replace(comparison, differences=unknown, tallies=[])
    rows = comparison_results(alone, [], (), dataset="d", settings=SETTINGS)
    found = about(rows.to_pylist(), index="global_test_p", metric="accuracy", model="m0", versus_model="m2")
    others = [d.p for d in unknown if (d.first, d.second, d.metric.name) == ("m0", "m2", "accuracy")]
    assert found[0]["value"] == np.nanmin(others)


def test_without_axes_there_is_one_difference_of_a_pair() -> None:
    models = [judge.counts_along() for judge in people.models(np.random.default_rng(0), models=2)]
    comparison = compare_models(models, (), SETTINGS)
    rows = comparison_results(comparison, models, (), dataset="d", settings=SETTINGS).to_pylist()
    (found,) = about(rows, statistic="difference", metric="accuracy")
    assert (found["model"], found["versus_model"], found["axis"]) == ("m0", "m1", "overall")
