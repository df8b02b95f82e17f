from __future__ import annotations

from itertools import product
from typing import Any

from mlflow.utils.validation import _validate_metric_name, _validate_tag_name

from harness.tables.results import Result, results_table
from harness.tracking.tracked_groups import MAX_GROUP_METRICS, MAX_VERDICT_TAGS, NOT_SENT_TAG, tracked_groups
from harness.verdicts.judge import checked, not_tested

MET, NOT_MET, OPEN, NOT_TESTED = checked(False, ""), checked(True, ""), checked(None, ""), not_tested("")
COUNTS = {"n_samples": 90, "n_subjects": 9, "n_unscored": 0}


def _row(**columns: Any) -> Result:
    return Result(**{"dataset": "d", "model": "m", **COUNTS, **columns})


def _gap(axis: str, metric: str, judgement: Any, **columns: Any) -> Result:
    sides = {"group": "a", "versus": "b", "value": 0.1}
    return _row(statistic="difference", axis=axis, metric=metric, judgement=judgement, **{**sides, **columns})


def test_the_verdict_of_an_axis_is_the_worst_of_its_comparisons() -> None:
    rows = [
        _gap("sex", "uar", MET),
        _gap("sex", "accuracy", MET),
        _gap("age", "uar", MET),
        _gap("age", "uar", NOT_TESTED, group="c"),
        _gap("skin", "uar", NOT_TESTED),
        _gap("skin", "uar", OPEN, group="c"),
        _gap("sex*age", "uar", OPEN),
        _gap("sex*age", "recall:anger", NOT_MET),
        _gap("sex*age", "recall:anger", OPEN, group="c"),
    ]
    found = tracked_groups(results_table(rows), "m", 5)
    assert found.tags == {
        "verdict.sex": "met",
        "verdict.age": "not_tested",
        "verdict.skin": "inconclusive",
        "verdict.sex_age": "not_met",
        "verdict.sex.uar": "met",
        "verdict.age.uar": "not_tested",
        "verdict.skin.uar": "inconclusive",
        "verdict.sex_age.uar": "inconclusive",
        "verdict.sex.accuracy": "met",
        "verdict.sex_age.recall.anger": "not_met",
    }
    assert found.metrics == {}


def test_only_clean_comparisons_of_groups_of_the_system_count() -> None:
    rows = [
        _gap("sex", "uar", MET),
        _gap("sex", "uar", NOT_MET, model="majority"),
        _gap("sex", "uar", NOT_MET, condition="dark"),
        _gap("sex", "uar", NOT_MET, versus_model="raters"),
        _gap("overall", "support", NOT_MET, kind="check"),
        _gap("sex", "ece", None),
    ]
    tags = tracked_groups(results_table(rows), "m", 5).tags
    assert tags == {"verdict.sex": "met", "verdict.sex.uar": "met"}


def test_groups_have_values_where_enough_people_are_in_them() -> None:
    rows = [
        _row(metric="uar", axis="overall", group="all", value=0.5),
        _row(metric="accuracy", axis="sex", group="female", value=0.9),
        _row(metric="uar", axis="sex", group="female", value=0.6),
        _row(metric="uar", axis="sex", group="male", value=0.4),
        _row(metric="uar", axis="sex", group="other", value=0.1, n_subjects=4),
        _row(metric="uar", axis="sex", group="nobody", value=None, n_subjects=0),
        _row(metric="uar", axis="sex*age", group="female*65+", value=0.3, n_subjects=5),
        _row(metric="recall:anger", axis="sex", group="female", value=0.2),
    ]
    found = tracked_groups(results_table(rows), "m", 5)
    assert found.metrics == {
        "group/sex/female/accuracy": 0.9,
        "group/sex/female/uar": 0.6,
        "group/sex/male/uar": 0.4,
        "group/sex_age/female_65_-9a21cd/uar": 0.3,  # sha256sum of female_65+
    }
    assert NOT_SENT_TAG not in found.tags


def test_what_is_beyond_the_bounds_is_counted_and_the_last_metrics_go_first() -> None:
    axes, metrics = [f"axis {number}" for number in range(25)], ("ece", "uar", "accuracy")
    rows = [_gap(axis, metric, MET) for axis, metric in product(axes, metrics)]
    rows += [
        _row(metric=metric, axis=axis, group=group, value=0.5)
        for axis, metric, group in product(axes, metrics, ("a", "b"))
    ]
    found = tracked_groups(results_table(rows), "m", 5)
    verdicts = [name for name in found.tags if name != NOT_SENT_TAG]
    assert len(verdicts) == MAX_VERDICT_TAGS == 60
    assert len(found.metrics) == MAX_GROUP_METRICS == 100
    assert all(f"verdict.{axis}" in verdicts for axis in axes)
    assert not any(name.endswith("ece") for name in (*verdicts, *found.metrics))
    assert found.tags[NOT_SENT_TAG] == (
        "40 of 100 verdicts and 50 of 150 values of groups: see results.parquet among the artifacts"
    )


def test_names_of_any_kind_are_accepted_and_kept_apart() -> None:
    axes = ("a/../b", "..", "Ünder <b>", "x" * 400, "x" * 401, "A b", "a B")
    rows = [_gap(axis, "uar", MET) for axis in axes]
    rows += [_row(metric="uar", axis=axis, group=axis, value=0.5) for axis in axes]
    found = tracked_groups(results_table(rows), "m", 5)
    assert len(found.tags) == 2 * len(axes)
    assert len(found.metrics) == len(axes)
    for name in found.tags:
        _validate_tag_name(name)
        assert len(name) <= 250
    for name in found.metrics:
        _validate_metric_name(name)
    assert len({name.casefold() for name in (*found.tags, *found.metrics)}) == 3 * len(axes)
