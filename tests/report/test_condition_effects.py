from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.report.condition_effects import condition_effects
from harness.report.degradation import degradation_curves
from harness.tables.curves import Curve, curves_table
from harness.tables.results import Result, results_table
from harness.verdicts.judge import checked, not_tested

COUNTS = {"n_samples": 9, "n_subjects": 3, "n_unscored": 0}
PLANNED = [
    {"name": "clean", "meaning": None, "label_preserving": "shown"},
    {"name": "face/blur@1", "meaning": "1 px", "label_preserving": "assumed"},
]


def level(model: str, condition: str, metric: str, value: float, **more: Any) -> Result:
    return Result(dataset="d", model=model, condition=condition, metric=metric, value=value, **COUNTS, **more)


def table(*conditions: str, more: tuple[Result, ...] = ()) -> pa.Table:
    own = [
        level("m", c, metric, i / 10, lo=i / 10 - 0.05, hi=i / 10 + 0.05)
        for i, c in enumerate(conditions)
        for metric in ("brier", "uar", "ccc:arousal")
    ]
    return results_table([*own, level("majority", "clean", "uar", 0.5), *more])


def versus(condition: str, value: float, **more: Any) -> Result:
    columns = {"statistic": "difference", "versus_condition": "clean", **more}
    return level("m", condition, "uar", value, **columns)


def gap(condition: str, value: float, half: float, group: str = "f") -> Result:
    sides = {"axis": "sex", "attributes": ("sex",), "group": group, "group_values": (group,)}
    sides |= {"versus": "m", "versus_values": ("m",)}
    return versus(condition, value, lo=value - half, hi=value + half, own_value=0.3, versus_value=0.1, **sides)


NO_CURVES = curves_table([])


def test_headline_metrics_under_every_condition_beside_clean() -> None:
    found = condition_effects(table("face/grey", "clean", "face/mirror"), NO_CURVES, "m", PLANNED)
    assert found is not None
    assert found.metrics == {"uar": "UAR", "ccc:arousal": "CCC, arousal"}
    values = {one.name: [row["value"] for row in one.levels.values()] for one in found.effects}
    assert values == {"face/grey": [0.0, 0.0], "face/mirror": [0.2, 0.2]}
    assert [row["value"] for row in found.clean.values()] == [0.1, 0.1]


def test_clean_alone_needs_no_section() -> None:
    assert condition_effects(table("clean"), NO_CURVES, "m", PLANNED) is None


def test_a_condition_comes_with_its_difference_and_what_the_plan_says_of_it() -> None:
    rows = versus("face/blur@1", -0.1), versus("face/blur", -0.04, own_value=0.3, versus_value=0.34)
    same = level("m", "face/blur@1", "unchanged", 0.8, chance=0.4)
    found = condition_effects(table("clean", "face/blur@1", more=(*rows, same)), NO_CURVES, "m", PLANNED)
    assert found is not None
    (blur,) = found.effects
    assert (blur.name, blur.meaning, blur.label_preserving) == ("face/blur@1", "1 px", "assumed")
    assert blur.differences["uar"]["value"] == -0.1
    assert blur.of_both["unchanged"]["chance"] == 0.4
    assert found.of_both == {"unchanged": "Same answer as clean"}
    assert [(row["condition"], row["own_value"]) for row in found.areas] == [("face/blur", 0.3)]


def test_a_plan_of_an_earlier_version_names_its_conditions_alone() -> None:
    found = condition_effects(table("clean", "x"), NO_CURVES, "m", ["clean", "x"])
    assert found is not None
    assert found.effects[0].meaning is None


def test_the_most_frequent_changes_come_first_and_what_stays_is_none() -> None:
    moved = {("anger", "anger"): 50, ("anger", "fear"): 4, ("fear", None): 7, ("fear", "anger"): 4, ("x", "y"): 1}
    curves = [
        Curve(dataset="d", model=model, condition="x", curve="flips", truth=a, answer=b, n_samples=n)
        for (a, b), n in moved.items()
        for model in ("m", "other")
    ]
    found = condition_effects(table("clean", "x"), curves_table(curves), "m", PLANNED)
    assert found is not None
    assert found.effects[0].flips == [("fear", None, 7), ("anger", "fear", 4), ("fear", "anger", 4)]
    assert found.effects[0].num_flips == 16


def test_gaps_that_change_beyond_chance_come_with_the_levels_of_both_groups() -> None:
    of_groups = [
        level("m", "x", "uar", value, axis="sex", attributes=("sex",), group=name, group_values=(name,))
        for name, value in (("f", 0.6), ("m", 0.3))
    ]
    rows = (*of_groups, gap("x", 0.2, 0.1), gap("x", -0.3, 0.1, "g"), gap("x", 0.2, 0.3, "h"))
    found = condition_effects(table("clean", "x", more=rows), NO_CURVES, "m", PLANNED)
    assert found is not None
    assert found.num_gaps == 3
    assert [one.row["value"] for one in found.changed_gaps] == [-0.3, 0.2]
    first, second = found.changed_gaps[1].levels
    assert first is not None
    assert second is not None
    assert (first["value"], second["value"]) == (0.6, 0.3)


def test_curves_begin_with_clean_media_and_end_with_the_highest_severity() -> None:
    names = ("face/blur@10", "clean", "face/blur@2", "face/grey", "voice/gain@1")
    found = condition_effects(table(*names), NO_CURVES, "m", PLANNED)
    assert found is not None
    uar, ccc = degradation_curves(found)
    assert (uar.family, uar.title, ccc.title) == ("face/blur", "UAR", "CCC, arousal")
    assert [(p.severity, p.value) for p in uar.points] == [(0.0, 0.1), (2.0, 0.2), (10.0, 0.0)]
    assert uar.axis == (pytest.approx(-0.05), 1.0)
    assert uar.severity_axis == (-0.5, 10.5)
    assert uar.ticks == [0.0, 2.0, 10.0]


def test_groups_that_a_condition_affects_are_listed_and_areas_are_not() -> None:
    def of_group(name: str, value: float, condition: str = "face/blur@1", **more: Any) -> Result:
        place = {"axis": "sex", "attributes": ("sex",), "group": name, "group_values": (name,)}
        judged = {"judgement": checked(None, ""), **more}
        return versus(condition, value, lo=value - 0.1, hi=value + 0.1, **place, **judged)

    small = of_group("tiny", -0.9, judgement=not_tested("2 subjects"))
    rows = (
        of_group("f", -0.2),
        of_group("m", -0.05),
        of_group("d", -0.4),
        small,
        of_group("f", -0.3, "face/blur"),
    )
    found = condition_effects(table("clean", "face/blur@1", more=rows), NO_CURVES, "m", PLANNED)
    assert found is not None
    assert [(row["group"], row["value"]) for row in found.affected] == [("d", -0.4), ("f", -0.2)]
    assert found.num_groups == 3


@pytest.mark.parametrize(("of_x", "shown"), [(1.0, False), (0.9, True)])
def test_coverage_is_shown_where_answers_are_lost(of_x: float, shown: bool) -> None:
    rows = tuple(level("m", name, "coverage", value) for name, value in (("clean", 1.0), ("x", of_x)))
    found = condition_effects(table("clean", "x", more=rows), NO_CURVES, "m", PLANNED)
    assert found is not None
    assert ("coverage" in found.metrics) == shown


def test_the_systems_own_repeatability_stands_beside_what_conditions_do() -> None:
    """What changes by itself when the same is asked again is no effect of a condition."""
    again = level("m", "clean", "consistency", 0.8, kind="repeats", lo=0.7, hi=0.9)
    other = level("majority", "clean", "consistency", 1.0, kind="repeats")
    results = table("clean", "face/grey", more=(other, again))
    found = condition_effects(results, NO_CURVES, "m", PLANNED)
    assert found is not None
    assert found.asked_again is not None
    assert (found.asked_again["value"], found.asked_again["lo"]) == (0.8, 0.7)
    once = condition_effects(table("clean", "face/grey"), NO_CURVES, "m", PLANNED)
    assert once is not None
    assert once.asked_again is None
