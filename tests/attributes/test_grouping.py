from __future__ import annotations

import json
from typing import Any

import pytest

from harness.attributes.grouping import Grouping, parts


def test_choices_survive_the_plan() -> None:
    grouping = Grouping(
        axes=("sex", "sex * age", "sex"),
        bands={"age": (18, 40.5), "skin_tone": "monk_3", "health": ("well", "ill"), "site": None},
        declared={"sex": ("female", "male")},
    )
    written = json.loads(json.dumps(grouping.plain()))
    assert written["axes"] == ["sex", "sex*age"]
    assert Grouping.of({**written, "groups": {}, "file_sha256": None}) == grouping
    assert Grouping.of(json.loads(json.dumps(Grouping().plain()))) == Grouping()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axes": "sex"}, "axes"),
        ({"axes": ["sex*sex"]}, "crosses an attribute with itself"),
        ({"axes": ["sex*"]}, "cannot name an attribute"),
        ({"axes": ["overall"]}, "cannot name an attribute"),
        ({"axes": ["sex"] * 101}, "axes"),
        ({"axes": ["x" * 201]}, "cannot name an attribute"),
        ({"bands": {"age": "decades"}}, "expected edges such as"),
        ({"bands": {"age": [30, 18]}}, "finite numbers that rise"),
        ({"bands": {"age": [18, "30"]}}, "expected edges such as"),
        ({"bands": {"age": [True]}}, "expected edges such as"),
        ({"bands": {"age": list(range(10**5))}}, "expected edges such as"),
        ({"bands": {"age": []}}, "expected edges such as"),
        ({"bands": {"sex": ["f", "f"]}}, "expected edges such as"),
        ({"bands": {"sex": ["f" * 10**4]}}, "at most 200 characters"),
        ({"bands": None}, "bands"),
        ({"declared": {"sex": "female"}}, "declared"),
        ({"declared": {"sex": [1]}}, "declared"),
    ],
)
def test_a_plan_made_elsewhere_must_fit(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Grouping.of({**Grouping().plain(), **change})


def test_a_plan_without_choices_does_not_fit() -> None:
    with pytest.raises(KeyError):
        Grouping.of({})


def test_the_attributes_of_an_axis() -> None:
    assert parts("sex") == ("sex",)
    assert parts("sex * age*skin_tone") == ("sex", "age", "skin_tone")
