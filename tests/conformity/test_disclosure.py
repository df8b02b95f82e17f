from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.conformity.disclosure import shown_counts, shown_differences, shown_levels
from harness.tables.schemas import RESULTS


def level(axis: str, group: str, subjects: int, **more: Any) -> dict[str, Any]:
    attributes = [] if axis == "overall" else axis.split("*")
    row: dict[str, Any] = dict.fromkeys(RESULTS.names)
    row |= {"dataset": "d", "model": "m", "condition": "clean", "kind": "metric", "metric": "uar"}
    row |= {"statistic": "level", "axis": axis, "attributes": attributes, "group": group, "value": 0.5}
    row |= {"group_values": group.split("*") if attributes else None}
    return row | {"n_samples": 10 * subjects, "n_subjects": subjects, "n_unscored": 0} | more


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), RESULTS)


def shown(*rows: dict[str, Any], least: int = 5) -> list[str]:
    return [row["group"] for row in shown_levels(table(*rows), "m", min_subjects=least)]


def test_small_groups_and_what_was_not_tested_are_hidden() -> None:
    everybody = level("overall", "all", 40)
    ages = [level("age", "<18", 6, verdict="not_tested"), level("age", "18-29", 20), level("age", "65+", 14)]
    assert shown(everybody, *ages) == ["all", "18-29", "65+"]
    assert shown(level("overall", "all", 4)) == []


def test_a_small_group_cannot_be_told_from_the_others() -> None:
    """All and women would give the four men; so women are hidden as well."""
    assert shown(level("overall", "all", 34), level("sex", "female", 30), level("sex", "male", 4)) == ["all"]


def test_the_smallest_shown_group_is_hidden_with_it() -> None:
    tones = [level("tone", "a", 2), level("tone", "b", 9), level("tone", "c", 20)]
    assert shown(*tones) == ["c"]


def test_several_small_groups_hide_each_other() -> None:
    assert shown(level("tone", "a", 3), level("tone", "b", 4), level("tone", "c", 20)) == ["c"]
    assert shown(level("tone", "a", 0, value=None), level("tone", "b", 6), level("tone", "c", 20)) == ["b", "c"]


def test_cells_are_hidden_along_every_line() -> None:
    """Three of the women are old: the other women, and other old people, would tell who they are."""
    cells = [
        level("sex*age", "female*old", 3),
        level("sex*age", "female*young", 20),
        level("sex*age", "female*middle", 30),
        level("sex*age", "male*old", 9),
        level("sex*age", "male*young", 20),
        level("sex*age", "male*middle", 30),
    ]
    # the line of women hides its smallest (young), that of old people its own (men)
    left = ["female*middle", "male*young", "male*middle"]
    assert shown(*cells) == left


def test_each_metric_and_condition_is_looked_at_by_itself() -> None:
    rows = [
        level("sex", "female", 30),
        level("sex", "male", 30),
        level("sex", "female", 30, metric="recall:fear"),
        level("sex", "male", 2, metric="recall:fear"),
    ]
    kept = shown_levels(table(*rows), "m", min_subjects=5)
    assert [(row["metric"], row["group"]) for row in kept] == [("uar", "female"), ("uar", "male")]


def test_differences_are_shown_where_both_sides_are() -> None:
    levels = [level("tone", "a", 2), level("tone", "b", 9), level("tone", "c", 20), level("tone", "d", 20)]

    def gap(group: str, versus: str, verdict: str | None, values: list[str] | None) -> dict[str, Any]:
        sides = {"versus": versus, "versus_values": values, "verdict": verdict}
        return level("tone", group, 29, statistic="difference", **sides)

    rows = [
        gap("c", "d", "met", ["d"]),
        gap("c", "d", "not_tested", ["d"]),
        gap("c", "d", None, ["d"]),
        gap("b", "c", "met", ["c"]),
        gap("c", "rest", "inconclusive", None),
    ]
    kept = shown_differences(table(*levels, *rows), "m", min_subjects=5)
    assert [(row["group"], row["versus"], row["verdict"]) for row in kept] == [
        ("c", "d", "met"),
        ("c", "rest", "inconclusive"),
    ]


def test_other_systems_are_left_out() -> None:
    assert shown(level("overall", "all", 40, model="majority"), level("overall", "all", 40)) == ["all"]


def test_counts_do_not_tell_those_of_small_groups() -> None:
    assert shown_counts({"a": 30, "b": 2}, 5) == {"a": None, "b": None}
    assert shown_counts({"a": 30, "b": 2, "c": 9}, 5) == {"a": 30, "b": None, "c": None}
    assert shown_counts({"a": 30, "b": 3, "c": 4}, 5) == {"a": 30, "b": None, "c": None}
    assert shown_counts({"a": 30, "b": 0}, 5) == {"a": 30, "b": 0}
    assert shown_counts({"b": 2}, 5) == {"b": None}
