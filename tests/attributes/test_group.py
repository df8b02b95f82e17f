from __future__ import annotations

from itertools import combinations

from harness.attributes.group import EVERYBODY, THE_REST, Group


def test_a_group_of_one_attribute_is_called_by_its_value_whatever_that_is() -> None:
    for value in ("female", "a - b", "x*y", "\\", "rest", "all", "line\nbreak", "x" * 1000):
        assert Group.of(value) == Group(value, (value,))


def test_names_of_intersections_are_escaped_so_that_none_is_that_of_another() -> None:
    assert Group.of("female", "65+").name == "female*65+"
    parts = ("", "a", "*", "\\", "a*", "*a", "a\\", "\\*", "\\\\")
    named = [Group.of(first, second) for first in parts for second in parts]
    assert [one for one in combinations(named, 2) if one[0].name == one[1].name] == []


def test_groups_called_all_and_rest_are_not_everybody_and_the_rest() -> None:
    assert Group.of("all") != EVERYBODY
    assert Group.of("rest") != THE_REST


def test_the_unknown_are_told_from_groups_with_values() -> None:
    assert Group.unknown(1) == Group("unknown", ("unknown",))
    assert Group.unknown(2).is_unknown
    assert not Group.of("female", "65+").is_unknown
    assert not EVERYBODY.is_unknown


def test_a_row_gives_back_its_groups() -> None:
    row = {"group": "x*y", "group_values": ["x", "y"], "versus": "rest", "versus_values": None}
    assert Group.of_row(row) == Group.of("x", "y")
    assert Group.of_row(row, "versus") == THE_REST
