from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from mlflow.utils.validation import _validate_metric_name, _validate_param
from stated_claims import STATED, with_claims

from harness.metrics.latency import Latency
from harness.report.claims import measured_claims
from harness.tables.results import Result, results_table
from harness.tracking.run_description import mlflow_tags
from harness.tracking.tracked_values import MAX_PARAMS, MAX_TRACKED_METRICS, metrics, parameters, tags


def test_parameters_are_the_choices_of_the_plan_and_not_the_facts(study: Any) -> None:
    found = parameters(study.plan)
    assert found["measure.level"] == "0.95"
    assert found["face.detector"] == "haar"
    assert found["baselines"] == "majority, stratified_random"
    assert not any(key.startswith(("cards", "power", "schema", "code_sha256")) for key in found)
    assert not {"dataset.limit", "labels.merge", "labels.only", "model.notes"} & set(found)
    assert not {"null", "{}", "[]", ""} & set(found.values())


def test_what_was_chosen_is_a_parameter_even_if_it_is_nothing() -> None:
    plan = {"dataset": {"limit": 0}, "labels": {"merge": {"calm": "neutral"}}, "checks": {"enabled": False}}
    assert parameters(plan) == {"dataset.limit": "0", "labels.merge.calm": "neutral", "checks.enabled": "false"}


def test_parameters_say_how_people_are_grouped_and_not_how_many_they_are() -> None:
    section = {"axes": ["sex", "sex*age"], "bands": {"age": [50]}, "file_sha256": None, "groups": {"sex": {}}}
    assert parameters({"attributes": section}) == {
        "attributes.axes": '["sex", "sex*age"]',
        "attributes.bands.age": "[50]",
    }


def test_parameters_are_bounded_and_valid_for_mlflow() -> None:
    plan = {"a" * 300: "x" * 9000, "b": {"../é <b>": 1}, **{f"k{i}": i for i in range(200)}}
    found = parameters(plan)
    assert len(found) == MAX_PARAMS
    for key, value in found.items():
        _validate_param(key, value)
    assert found["b..._é _b_-22f435"] == "1"


def test_no_control_characters_are_sent() -> None:
    plan = {"dataset": {"options": {"title": "red \x1b[31m", "file": ["\x07.csv"]}}}
    assert parameters(plan) == {
        "dataset.options.title": "red \ufffd[31m",
        "dataset.options.file": '["\\u0007.csv"]',
    }


def test_metrics_are_bounded_and_the_most_important_come_first(make_study: Callable[..., Any]) -> None:
    study = make_study(num_subjects=6, per_class=2, classes=[f"<emotion> {i}: ../" for i in range(30)])
    found = metrics(study.results, "fer_mini_xception")
    assert len(found) == MAX_TRACKED_METRICS
    assert {"uar", "uar.lo", "uar.hi", "accuracy", "coverage", "n_subjects", "majority/uar"} <= set(found)
    for key in found:
        _validate_metric_name(key)


def test_metrics_hold_no_group_and_no_null(study: Any) -> None:
    found = metrics(study.results, "fer_mini_xception")
    assert found["n_samples"] == 840
    assert not any("monk" in key or "female" in key for key in found)
    assert all(isinstance(value, float) for value in found.values())


def test_gaps_are_told_by_verdict_and_by_the_largest_of_each_axis(gap_study: Any) -> None:
    found = metrics(gap_study.results, "fer_mini_xception")
    rows = [
        row
        for row in gap_study.results.to_pylist()
        if (row["model"], row["versus_model"], row["kind"]) == ("fer_mini_xception", None, "metric")
    ]
    judged = [row["verdict"] for row in rows if row["statistic"] == "difference" and row["verdict"]]
    for verdict in ("not_met", "inconclusive", "met"):
        assert found[f"gap/{verdict}"] == judged.count(verdict)
    (largest,) = [
        row["value"]
        for row in rows
        if (row["axis"], row["metric"], row["index"]) == ("sex", "uar", "max_min_difference")
    ]
    assert found["gap/sex/uar/max_min"] == largest
    assert "gap/sex_age/accuracy/max_min" in found
    assert len(found) <= MAX_TRACKED_METRICS
    for key in found:
        _validate_metric_name(key)


def test_names_that_mlflow_cannot_tell_apart_are_marked_and_none_is_lost() -> None:
    """Axes and classes may be called anything; MLflow takes letters, digits and a few marks, up to 250 of them."""
    counts = {"n_samples": 90, "n_subjects": 9, "n_unscored": 0}
    named = {"dataset": "d", "model": "m", **counts}
    axes = ("a,b", "a;b", "a_b", "x" * 1000 + "1", "x" * 1000 + "2", "..", "a/../b")
    rows = [
        Result(**named, metric="uar", statistic="index", index="max_min_difference", axis=axis, value=float(place))
        for place, axis in enumerate(axes)
    ]
    classes = ('say "yes"', "say 'yes'", "line\nbreak", "rest")
    rows += [Result(**named, metric=f"recall:{name}", value=0.5) for name in classes]
    found = metrics(results_table(rows), "m")
    assert [value for key, value in found.items() if key.startswith("gap/")] == [0, 1, 2, 3, 4, 5, 6]
    assert [key for key in found if key.startswith("gap/a_b")] == [
        "gap/a_b-1eb7c5/uar/max_min",  # sha256sum of the axis
        "gap/a_b-5719af/uar/max_min",
        "gap/a_b/uar/max_min",
    ]
    assert len([key for key in found if key.startswith("recall/")]) == len(classes)
    for key in found:
        _validate_metric_name(key)
        assert len(key) <= 250


def test_dimensions_have_their_metrics(dimensional_study: Any) -> None:
    found = metrics(dimensional_study.results, "fer_mini_xception")
    assert {"ccc/valence", "ccc/valence.lo", "ccc/valence.hi", "rmse/arousal"} <= set(found)


def test_tags_without_git_leave_the_commit_out(study: Any) -> None:
    found = tags(study.plan, {"plan_sha256": "b" * 64, "git": None})
    assert found["harness.plan_sha256"] == "b" * 64
    assert found["harness.simulated"] == "true"
    for said, tag in ((False, "false"), (None, None)):
        told = tags({**study.plan, "dataset": {**study.plan["dataset"], "simulated": said}}, {})
        assert told.get("harness.simulated") == tag
    assert found["harness.version"] == "0.1.0"
    assert "harness.git_commit" not in found


def test_notes_of_the_plan_are_a_parameter_and_a_tag(study: Any) -> None:
    notes = ["Transductive: later windows are seen.", "An upper bound."]
    plan = {**study.plan, "model": {**study.plan["model"], "notes": notes}}
    assert parameters(plan)["model.notes"] == "Transductive: later windows are seen. An upper bound."
    assert tags(plan, {})["harness.notes"] == "Transductive: later windows are seen. An upper bound."
    assert tags(study.plan, {})["harness.kind"] == study.plan["cards"]["models"][0]["kind"]
    assert "harness.notes" not in tags(study.plan, {})


def test_claims_are_counted_by_verdict_and_times_are_those_of_all(study: Any) -> None:
    times = [
        Latency(None, None, 40, 0.1, 0.2, 0.3, 9.0, attempts=1.5, throughput=31.0),
        Latency("sex", "female", 20, 7.0, 7.0, 7.0, 7.0, attempts=7.0),
    ]
    plan = with_claims(study.plan, [{**STATED, "value": of} for of in (0.1, 0.99, 0.98)])
    claims = measured_claims(plan, study.results)
    found = metrics(study.results, "fer_mini_xception", claims=claims, times=times)
    assert {name: of for name, of in found.items() if name.startswith(("claim/", "latency/"))} == {
        "claim/met": 1.0,
        "claim/not_met": 2.0,
        "claim/inconclusive": 0.0,
        "claim/not_tested": 0.0,
        "latency/p50": 0.1,
        "latency/p95": 0.2,
        "latency/p99": 0.3,
        "latency/attempts": 1.5,
        "latency/throughput": 31.0,
    }
    others = [replace(claim, model="majority") for claim in claims]
    assert not [name for name in metrics(study.results, "fer_mini_xception", claims=others) if "claim" in name]
    batches = [replace(times[0], attempts=None, throughput=None)]
    assert "latency/attempts" not in metrics(study.results, "fer_mini_xception", times=batches)


def test_the_description_of_a_run_lists_its_claims(study: Any) -> None:
    plan = with_claims(study.plan, [{**STATED, "value": 0.99, "source": "<i>x " * 30}])
    text = mlflow_tags(plan, {}, study.results, measured_claims(plan, study.results))["mlflow.note.content"]
    assert "Figures stated by the provider:\n\n- fer_mini_xception: accuracy 0.99 on simulated_faces" in text
    assert text.count("\\<i\\>") == 30
    assert "not met" in text
    assert "stated by the provider" not in mlflow_tags(study.plan, {}, study.results)["mlflow.note.content"]
