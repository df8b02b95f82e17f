"""What a stored plan says of measuring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from outside_packages import METRIC, Install

from harness.attributes.grouping import Grouping
from harness.errors import HarnessError
from harness.measurement.choices import MeasureChoices
from harness.scoring.stored_plan import measure_settings, negative_control, planned_extensions, require_whole

PATH = Path("run/plan.yaml")


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "seed": 7,
        "model": {"name": "voice"},
        "labels": {"merge": {"calm": "neutral"}, "only": None},
        "attributes": Grouping(axes=("sex", "sex*age")).plain(),
        "measure": {**MeasureChoices(level=0.9, gaps=["uar"]).model_dump(mode="json"), "metrics": ["uar"]},
        **changes,
    }


def test_choices_are_read_back_as_they_were_made() -> None:
    settings = measure_settings(plan(), PATH)
    assert (settings.seed, settings.system, settings.level) == (7, "voice", 0.9)
    assert list(settings.gaps) == ["uar"]
    assert settings.merge == {"calm": "neutral"}
    assert settings.grouping.axes == ("sex", "sex*age")


@pytest.mark.parametrize(
    "change",
    [
        {"measure": {**plan()["measure"], "permutations": 10**9}},
        {"measure": {**plan()["measure"], "level": "high"}},
        {"measure": {**plan()["measure"], "level": "0.9"}},
        {"measure": None},
        {"measure": {**plan()["measure"], "resample": 500}},
        {"labels": {"merge": ["calm"]}},
        {"attributes": {}},
        {"seed": "seven"},
    ],
)
def test_a_plan_from_elsewhere_is_held_to_the_bounds_of_a_config(change: dict[str, Any]) -> None:
    with pytest.raises(HarnessError, match=r"run/plan\.yaml: not a plan that this version"):
        measure_settings(plan(**change), PATH)


def test_a_plan_of_a_time_without_negative_controls_has_none() -> None:
    assert negative_control(plan(), PATH).num == 0
    assert negative_control(plan(checks={"media": True}), PATH).num == 0
    stated = {"negative_control": ["ctx.sentence"], "negative_outcomes": []}
    assert negative_control(plan(checks=stated), PATH).labels_of_others == ("ctx.sentence",)


@pytest.mark.parametrize("stated", [["label"], "ctx.sentence", 3, [None]])
def test_a_negative_control_that_no_config_could_state_is_refused(stated: object) -> None:
    with pytest.raises(HarnessError, match=r"run/plan\.yaml: not a plan that this version"):
        negative_control(plan(checks={"negative_control": stated}), PATH)


def whole(**changes: Any) -> dict[str, Any]:
    dataset = {"name": "clips", "options": {}, "simulated": False, "samples_sha256": "0" * 64, "limit": None}
    model = {"name": "voice", "options": {}, "notes": []}
    parts = {"dataset": dataset, "model": model, "baselines": [model], "face": None, "cards": {}}
    return {"harness": "0.1.0", **plan(**parts), **changes}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"harness": None}, "harness: expected text"),
        ({"baselines": [{"name": []}]}, "baselines.0.name"),
        ({"model": {"name": "voice", "options": "x", "notes": []}}, "model.options"),
        ({"dataset": {**whole()["dataset"], "limit": "x"}}, "dataset.limit"),
        ({"labels": 3}, "labels"),
        ({"labels": {}}, "labels.merge: is missing"),
    ],
)
def test_what_a_report_reads_is_checked_before_anything_is_measured(change: dict[str, Any], problem: str) -> None:
    require_whole(whole(), PATH)
    with pytest.raises(HarnessError, match=problem):
        require_whole(whole(**change), PATH)


def test_a_plan_that_lacks_a_part_is_refused_with_what_to_do() -> None:
    lacking = whole()
    del lacking["attributes"]
    with pytest.raises(HarnessError, match=r"attributes: is missing.*Measure the run with the version"):
        require_whole(lacking, PATH)
    with pytest.raises(HarnessError, match="'gaps' is missing"):
        measure_settings(plan(measure={"level": 0.9}), PATH)


QUIET = {"kind": "metrics", "name": "quiet", "package": "own-things", "version": "1.2"}
OWN = {"metrics": {"quiet": "own_metric:FAMILY"}}


def test_what_of_other_packages_was_in_force_is_in_force_again_and_nothing_else(install: Install) -> None:
    install(OWN, own_metric=METRIC)
    assert measure_settings(plan(), PATH).outside == []
    assert measure_settings(plan(extensions=[QUIET]), PATH).outside == ["quiet"]
    assert planned_extensions(plan(extensions=[QUIET]), "checks", PATH) == []


def test_a_metric_that_is_not_here_is_named_with_its_package(install: Install) -> None:
    measured = r"run/plan\.yaml: the run was measured with the metric family 'quiet' of the package 'own-things'"
    with pytest.raises(HarnessError, match=rf"{measured}, version '1\.2'; it is not installed here"):
        measure_settings(plan(extensions=[QUIET]), PATH)
    install(OWN, own_metric=METRIC)
    with pytest.raises(HarnessError, match=rf"{measured}, version '1\.3'; own-things 1\.2 is installed here"):
        measure_settings(plan(extensions=[{**QUIET, "version": "1.3"}]), PATH)


@pytest.mark.parametrize("found", [7, ["quiet"], [{"name": "quiet"}], [{**QUIET, "package": "x" * 201}]])
def test_extensions_that_are_malformed_are_refused(found: Any) -> None:
    with pytest.raises(HarnessError, match=r"run/plan\.yaml: not a plan that this version"):
        measure_settings(plan(extensions=found), PATH)
