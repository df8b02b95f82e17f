"""What version 1 glued into one text is taken apart as it was meant."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.tables.upgrades.results_1_to_2 import VERSION_2, results_1_to_2

VERSION_1 = [
    *(
        "dataset",
        "model",
        "condition",
        "metric",
        "statistic",
        "axis",
        "group",
        "value",
        "lo",
        "hi",
        "level",
        "method",
    ),
    *("n_samples", "n_subjects", "n_unscored", "null_lo", "null_hi", "threshold", "verdict", "reason"),
]
COUNTS = {"n_samples": 60, "n_subjects": 6, "n_unscored": 0}


def row(**columns: Any) -> dict[str, Any]:
    given = {
        "dataset": "d",
        "model": "toy",
        "condition": "clean",
        "metric": "uar",
        "statistic": "level",
        "axis": "sex",
    }
    return {**dict.fromkeys(VERSION_1), **given, **COUNTS, "group": "all", **columns}


def levels(axis: str, values: dict[str, float | None], **columns: Any) -> list[dict[str, Any]]:
    return [row(axis=axis, group=group, value=value, **columns) for group, value in values.items()]


def upgraded(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    schema = pa.schema([VERSION_2.field(name) for name in VERSION_1])
    table = results_1_to_2(pa.Table.from_pylist(list(rows), schema))
    assert table.schema.equals(VERSION_2)
    return list(table.to_pylist())


def difference(group: str, value: float | None, **columns: Any) -> dict[str, Any]:
    return row(statistic="difference", group=group, value=value, **columns)


def sides(found: dict[str, Any]) -> tuple[Any, ...]:
    return found["group"], found["group_values"], found["versus"], found["versus_values"]


SEX = {"female": 0.5, "male": 0.7}


def test_a_level_keeps_its_group_and_says_its_values() -> None:
    whole, female, _ = upgraded(row(axis="overall", value=0.6), *levels("sex", SEX))
    assert sides(whole) == ("all", None, None, None)
    assert (whole["attributes"], whole["kind"], whole["index"]) == ([], "metric", None)
    assert sides(female) == ("female", ["female"], None, None)
    assert female["attributes"] == ["sex"]


def test_both_sides_of_a_difference_stand_apart() -> None:
    *_, pair, rest = upgraded(
        *levels("sex", SEX), difference("female - male", -0.2), difference("male - rest", 0.2)
    )
    assert sides(pair) == ("female", ["female"], "male", ["male"])
    assert sides(rest) == ("male", ["male"], "rest", None)
    assert pair["value"] == -0.2


NESTED = {"a": 0.9, "a - b": 0.5, "b - c": 0.6, "c": 0.1}


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.9 - 0.6, ("a", "b - c")), (0.5 - 0.1, ("a - b", "c"))],
)
def test_names_with_the_mark_between_sides_are_told_by_their_levels(
    value: float, expected: tuple[str, str]
) -> None:
    *_, found = upgraded(*levels("sex", NESTED), difference("a - b - c", value))
    assert (found["group"], found["versus"]) == expected


def test_without_a_value_the_first_reading_of_known_names_is_taken() -> None:
    *_, found = upgraded(*levels("sex", NESTED), difference("a - b - c", None))
    assert (found["group"], found["versus"]) == ("a", "b - c")
    *_, rest = upgraded(*levels("sex", NESTED), difference("a - b - rest", None))
    assert sides(rest) == ("a - b", ["a - b"], "rest", None)


def test_ratios_are_pairs_too() -> None:
    ratio = row(statistic="ratio", group="a/b / a", value=0.5)
    *_, found = upgraded(*levels("sex", {"a/b": 0.3, "a": 0.6}), ratio)
    assert (found["group"], found["versus"]) == ("a/b", "a")


def test_groups_of_an_intersection_have_a_value_per_attribute() -> None:
    cells = {"female*65+": 0.5, "male*a\\b": 0.6, "unknown": 0.7}
    first, second, unknown, pair = upgraded(
        *levels("sex*age", cells), difference("female*65+ - male*a\\b", -0.1, axis="sex*age")
    )
    assert first["attributes"] == ["sex", "age"]
    assert sides(first)[:2] == ("female*65+", ["female", "65+"])
    assert sides(second)[:2] == ("male*a\\\\b", ["male", "a\\b"])
    assert sides(unknown)[:2] == ("unknown", ["unknown", "unknown"])
    assert sides(pair) == ("female*65+", ["female", "65+"], "male*a\\\\b", ["male", "a\\b"])


def test_an_axis_that_was_refused_is_about_everybody_and_a_group_called_all_is_one() -> None:
    (refused,) = upgraded(row(axis="town", metric="coverage", verdict="not_tested", reason="200 groups"))
    assert sides(refused) == ("all", None, None, None)
    group, other = upgraded(*levels("sex", {"all": 0.5, "some": 0.7}))
    assert sides(group) == ("all", ["all"], None, None)
    assert sides(other) == ("some", ["some"], None, None)


def test_an_index_has_a_name_and_its_mean_by_chance_beside_it() -> None:
    place = {"statistic": "index", "axis": "sex"}
    found = upgraded(
        row(**place, group="garbe", value=0.04, null_lo=0.01, null_hi=0.3),
        row(**place, group="garbe:null_mean", value=0.12),
        row(**place, group="global_test_p", value=0.31),
    )
    assert [(one["index"], one["group"], one["value"], one["null_mean"]) for one in found] == [
        ("garbe", "all", 0.04, 0.12),
        ("global_test_p", "all", 0.31, None),
    ]


def test_kinds_are_told_from_names() -> None:
    check, shrunken, spread = upgraded(
        row(metric="check:support", statistic="index", axis="overall", group="sex=x - y"),
        row(metric="shrunken:uar", axis="sex*age", group="female*65+", value=0.5),
        row(metric="shrunken:uar", axis="sex*age", statistic="index", group="interaction_sd", value=0.1),
    )
    assert (check["kind"], check["metric"], check["group"], check["index"]) == (
        "check",
        "support",
        "sex=x - y",
        None,
    )
    assert check["group_values"] is None
    assert (shrunken["kind"], shrunken["metric"], shrunken["group_values"]) == (
        "shrunken",
        "uar",
        ["female", "65+"],
    )
    assert (spread["kind"], spread["index"], spread["group"]) == ("shrunken", "interaction_sd", "all")


def test_a_cell_of_the_search_has_its_attributes_and_values() -> None:
    known = [*levels("sex", SEX), *levels("town", {"x": 0.1, "x & sex=y": 0.2})]
    cells = row(axis="search", statistic="index", group="cells", value=63)
    *_, searched, plain, odd = upgraded(
        *known,
        cells,
        difference("sex=female & town=x - rest", -0.2, axis="search"),
        difference("town=x & sex=y & sex=female - rest", -0.2, axis="search"),
    )
    assert (searched["kind"], searched["index"], searched["attributes"]) == ("search", "cells", [])
    assert (plain["attributes"], plain["group_values"]) == (["sex", "town"], ["female", "x"])
    assert (plain["group"], plain["versus"], plain["versus_values"]) == ("sex=female & town=x", "rest", None)
    assert (odd["attributes"], odd["group_values"]) == (["town", "sex"], ["x & sex=y", "female"])


def test_the_raters_are_another_model_and_not_part_of_a_name() -> None:
    both = [*levels("sex", SEX), *levels("sex", {"female": 0.8, "male": 0.9}, model="human_raters")]
    of_pair = "toy - human_raters"
    *_, gap, group, whole = upgraded(
        *both,
        difference("female - male", -0.1, model=of_pair),
        difference("female", -0.3, model=of_pair),
        difference("all", -0.2, model=of_pair, axis="overall"),
    )
    for one in (gap, group, whole):
        assert (one["model"], one["versus_model"]) == ("toy", "human_raters")
    assert sides(gap) == ("female", ["female"], "male", ["male"])
    assert sides(group) == ("female", ["female"], None, None)
    assert sides(whole) == ("all", None, None, None)


def test_a_gap_less_the_raters_gap_is_told_by_the_levels_of_both() -> None:
    raters = {"a": 0.9, "a - b": 0.9, "b - c": 0.8, "c": 0.2}
    both = [*levels("sex", NESTED), *levels("sex", raters, model="human_raters")]
    *_, found = upgraded(*both, difference("a - b - c", 0.4 - 0.7, model="toy - human_raters"))
    assert (found["group"], found["versus"]) == ("a - b", "c")
