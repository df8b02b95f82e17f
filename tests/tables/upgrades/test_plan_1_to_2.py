"""A plan of version 1 in the form of version 2."""

from __future__ import annotations

from typing import Any

import pytest

from harness.tables.upgrades.plan_1_to_2 import MEASURE, plan_1_to_2

SIZES = {"subjects": 3, "samples": 9}


def test_options_that_are_left_out_get_what_was_in_force() -> None:
    made = plan_1_to_2({"seed": 3, "measure": {"level": 0.9, "metrics": ["uar"]}})
    conditions = [{"name": "clean", "severity": None}]
    measure = {**MEASURE, "level": 0.9, "metrics": ["uar"]}
    assert made == {"seed": 3, "schema": 2, "conditions": conditions, "timeout_s": 60.0, "measure": measure}


def test_groups_are_listed_with_the_values_of_their_attributes() -> None:
    axes = {
        "sex": {"groups": {"female": SIZES, "unknown": SIZES}, "note": None},
        "sex*age": {"groups": {"female*65+": SIZES, "unknown": SIZES}, "note": "x"},
    }
    made = plan_1_to_2({"attributes": {"axes": ["sex", "sex*age"], "groups": axes}})["attributes"]
    assert made["axes"] == ["sex", "sex*age"]
    assert made["groups"]["sex"] == {
        "groups": [
            {"group": "female", "values": ["female"], **SIZES},
            {"group": "unknown", "values": ["unknown"], **SIZES},
        ],
        "note": None,
    }
    assert made["groups"]["sex*age"]["groups"] == [
        {"group": "female*65+", "values": ["female", "65+"], **SIZES},
        {"group": "unknown", "values": ["unknown", "unknown"], **SIZES},
    ]


def test_the_pairs_of_the_power_are_two_groups() -> None:
    groups = {"sex": {"groups": dict.fromkeys(("a", "a - b", "c"), SIZES)}}
    pair = {"groups": "a - b - c", "detectable_gap": 0.3}
    power = {"tolerance": 0.05, "axes": {"sex": {"smallest_pair": pair, "typical_pair": None, "num_pairs": 1}}}
    made = plan_1_to_2({"attributes": {"groups": groups}, "power": power})["power"]
    assert made["tolerance"] == 0.05
    assert made["axes"]["sex"] == {
        "smallest_pair": {"groups": ["a - b", "c"], "detectable_gap": 0.3},
        "typical_pair": None,
        "num_pairs": 1,
    }


@pytest.mark.parametrize(
    "plan",
    [
        {"measure": None, "attributes": [], "power": "x"},
        {"measure": [], "attributes": {"groups": []}, "power": {"axes": {"sex": None}}},
        {"attributes": {"groups": {"sex": []}}},
        {},
    ],
)
def test_what_is_malformed_is_left_for_the_reader_to_refuse(plan: dict[str, Any]) -> None:
    conditions = [{"name": "clean", "severity": None}]
    assert plan_1_to_2(plan) == {**plan, "schema": 2, "conditions": conditions, "timeout_s": 60.0}
