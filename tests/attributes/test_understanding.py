"""What is decided on the attributes of a study, and that no answer of a single person is named."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from harness.attributes.attribute_plan import attribute_plan
from harness.attributes.grouping import Grouping
from harness.attributes.groups import group_samples
from harness.attributes.people import People
from harness.attributes.shared_answers import shared_groups, shared_values
from harness.attributes.understanding import understood
from harness.errors import HarnessError

SAMPLES = pa.table(
    {
        "sample_id": [f"{who}{take}" for who in "abcdef" for take in (1, 2)],
        "subject_id": [who for who in "abcdef" for _ in (1, 2)],
        "session_id": pa.nulls(12, pa.string()),
        "attr.gender": [of for of in ("M", "male", "F", "female", "Male", "agender") for _ in (1, 2)],
        "attr.nickname": [of for of in ("Bo", "bo", "Al", "Cy", "Di", "al") for _ in (1, 2)],
        "attr.friend": [of for of in ("b", "b", "x", "x", "a", "x") for _ in (1, 2)],
        "attr.weight": [of for of in (70.5, 70.5, 61.0, 82.0, 90.25, 61.0) for _ in (1, 2)],
        "attr.age": [of for of in ("18-24", "25-34", "18\u201324", "65+", None, "unknown") for _ in (1, 2)],
        "attr.level": [of for of in ("none", "old", "18", "19", "20", "21") for _ in (1, 2)],
    }
)


def groups(axis: str, grouping: Grouping) -> list[str]:
    found = group_samples(SAMPLES, axis, grouping)
    return [found.names[index] for index in found.index[::2]]


def test_the_answers_of_all_attributes_are_decided() -> None:
    grouping, notes = understood(SAMPLES, Grouping(axes=("gender", "nickname", "weight", "age")))
    assert groups("gender", grouping) == ["male", "male", "female", "female", "male", "other"]
    assert groups("nickname", grouping) == ["Bo", "Bo", "Al", "other", "other", "Al"]
    assert groups("friend", grouping) == ["other", "other", "x", "x", "other", "x"]
    assert groups("weight", grouping) == ["70.5", "70.5", "61", "other", "other", "61"]
    assert groups("age", grouping) == ["18-24", "25-34", "18-24", "65+", "unknown", "unknown"]
    assert list(notes) == ["gender", "nickname", "weight", "age"]
    assert notes["age"] == ["the groups are the ranges as they were given: 18-24, 25-34 and 65+"]
    assert len(notes["gender"]) == 2


def test_no_answer_of_one_person_is_in_the_plan() -> None:
    choices = {"axes": None, "bands": Grouping().bands, "sources": {}}
    plan = attribute_plan(People(SAMPLES), card={}, **choices)
    text = json.dumps(plan)
    for name in ("agender", "Cy", "Di", "82", "90.25"):
        assert f'"{name}"' not in text, name
    assert plan["shared"]["weight"] == ["61", "70.5"]
    assert {of["group"]: of["subjects"] for of in plan["groups"]["weight"]["groups"]} == {
        "61": 2,
        "70.5": 2,
        "other": 2,
    }
    assert Grouping.of(plan) == understood(SAMPLES, Grouping(axes=tuple(plan["axes"])))[0]


def test_groups_of_scales_bands_and_cards_are_no_secret() -> None:
    lone = pa.table(
        {
            "subject_id": ["1", "2", "3"],
            "attr.monk": ["monk_01", "monk_05", "monk_05"],
            "attr.age": [20.0, 70.0, 71.0],
            "attr.role": ["pilot", "nurse", "nurse"],
            "attr.sex": ["f", "m", "m"],
        }
    )
    grouping, _ = understood(lone, Grouping(axes=("monk", "age", "role", "sex"), declared={"role": ("pilot",)}))
    assert grouping.shared == {}


def test_an_attribute_on_no_axis_does_not_stop_a_study() -> None:
    grouping, notes = understood(SAMPLES, Grouping(axes=("gender",), bands={"level": (18, 20)}))
    assert grouping.bands["level"] is None
    assert list(notes) == ["gender"]
    with pytest.raises(HarnessError, match=r"attr\.level \(attributes\.bands={level: .*'none' is neither"):
        understood(SAMPLES, Grouping(axes=("level",), bands={"level": (18, 20)}))


def test_with_very_many_groups_none_is_named() -> None:
    names = [f"town {i}" for i in range(1001)] * 2
    table = pa.table({"subject_id": [*map(str, range(2002)), "x"], "attr.town": [*names, "lone"]})
    assert shared_groups(table, "town", Grouping()) == ()


def test_values_that_two_people_have() -> None:
    assert shared_values(["a", "a", "b", "b", None, None], ["x", "x", "x", "y", "x", "y"]) == {"b"}


def test_a_study_without_axes_is_refused() -> None:
    with pytest.raises(HarnessError, match=r"attributes\.axes=\[\] names nothing .* choose among gender,"):
        attribute_plan(People(SAMPLES), card={}, axes=(), bands={}, sources={})


@pytest.mark.parametrize("axes", [("club",), ("gender",), None])
def test_answers_that_are_too_long_to_be_groups_are_refused(axes: tuple[str, ...] | None) -> None:
    """Two people give an answer of 201 characters, another one that nobody else gives."""
    answers = [of for of in ("x" * 201, "x" * 201, "y", "z", "z", "z") for _ in (1, 2)]
    samples = SAMPLES.append_column("attr.club", pa.array(answers))
    with pytest.raises(HarnessError, match=r"attr\.club: its answers cannot be groups"):
        understood(samples, Grouping(axes=axes))
