from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from harness.attributes.attribute_plan import attribute_plan
from harness.attributes.grouping import Grouping
from harness.attributes.origins import SAID, origins
from harness.attributes.people import People
from harness.cards.facts import Attribute
from harness.errors import HarnessError

SAMPLES = pa.table(
    {
        "sample_id": ["a1", "a2", "b1", "c1"],
        "subject_id": ["a", "a", "b", "c"],
        "attr.sex": ["female", "female", "male", None],
        "attr.age": [20.0, 20.0, 70.0, 19.0],
        "attr.lighting": ["day", "night", "day", "day"],
    }
)
CARD = {
    "sex": Attribute(source="self_report", values=["female", "male", "intersex"]),
    "age": Attribute(source="not_stated"),
    "race": Attribute(source="observer", values=["A"]),
}


def section(people: People | None = None, **changes: Any) -> dict[str, Any]:
    choices: dict[str, Any] = {"axes": None, "bands": Grouping().bands, "sources": {}, **changes}
    return attribute_plan(people or People(SAMPLES), card=CARD, **choices)


def test_every_attribute_alone_is_the_default() -> None:
    found = section()
    assert found["axes"] == ["sex", "age", "lighting"]
    assert found["declared"] == {"sex": ["female", "male", "intersex"]}
    assert found["file_sha256"] is None
    assert found == json.loads(json.dumps(found))


def test_people_and_samples_of_every_group_are_counted_also_of_empty_ones() -> None:
    groups = section(axes=("sex", "sex*age", "lighting"), bands={"age": (50,)})["groups"]
    assert groups["sex"]["groups"] == [
        {"group": "female", "values": ["female"], "subjects": 1, "samples": 2},
        {"group": "male", "values": ["male"], "subjects": 1, "samples": 1},
        {"group": "intersex", "values": ["intersex"], "subjects": 0, "samples": 0},
        {"group": "unknown", "values": ["unknown"], "subjects": 1, "samples": 1},
    ]
    crossed = groups["sex*age"]["groups"]
    assert [of["values"] for of in crossed[:2]] == [["female", "<50"], ["female", "50+"]]
    assert {of["group"]: of["subjects"] for of in crossed} == {
        "female*<50": 1,
        "female*50+": 0,
        "male*<50": 0,
        "male*50+": 1,
        "intersex*<50": 0,
        "intersex*50+": 0,
        "unknown": 1,
    }
    assert {axis: facts["subjects_in_several"] for axis, facts in groups.items()} == {
        "sex": 0,
        "sex*age": 0,
        "lighting": 1,
    }
    day = {"group": "day", "values": ["day"], "subjects": 3, "samples": 3}
    assert day in groups["lighting"]["groups"]


def test_too_many_groups_are_a_number() -> None:
    names = [f"town {i}" for i in range(60)] * 2
    table = pa.table({"subject_id": [f"p{i}" for i in range(120)], "attr.town": names})
    facts = section(People(table))["groups"]["town"]
    assert (facts["groups"], facts["note"]) == ([], "60 groups; at most 50 can be compared")


def test_who_says_it_is_the_studys_word_then_the_cards() -> None:
    assert {name: origin.source for name, origin in origins(section()).items()} == {
        "sex": "self_report",
        "age": "not_stated",
        "lighting": "not_stated",
    }
    found = origins(section(sources={"age": "estimated"}))
    assert (found["age"].source, found["age"].origin) == ("estimated", "dataset")


def test_a_files_attributes_are_its_own() -> None:
    people = People(SAMPLES, file_sha256="0" * 64, attributes=("sex", "age"), replaced=("sex",))
    found = section(people, sources={"age": "observer"})
    assert found["declared"] == {}
    assert found["file_sha256"] == "0" * 64
    sex, age, lighting = origins(found).values()
    assert (sex.source, sex.origin, sex.replaces_dataset) == ("not_stated", "file", True)
    assert (age.source, age.origin, age.replaces_dataset) == ("observer", "file", False)
    assert lighting.origin == "dataset"
    assert sex.text == "not stated by whom (file of people, instead of what the dataset says)"
    assert age.text == f"{SAID['observer']} (file of people)"


def test_the_choices_can_be_read_back() -> None:
    found = section(axes=("sex*age",), bands={"age": (50,)})
    assert Grouping.of(found) == Grouping(
        axes=("sex*age",),
        bands={"age": (50,)},
        declared={"sex": ("female", "male", "intersex")},
        shared={"lighting": ("day",)},
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"axes": ("sex*race",)}, r"no attribute 'race'\. The samples have: sex, age, lighting"),
        ({"bands": {"skin_tone": "monk_3"}}, r"attributes\.bands: there is no attribute 'skin_tone'"),
        ({"sources": {"race": "observer"}}, r"attributes\.sources: there is no attribute 'race'"),
        (
            {"bands": {"sex": "monk_3"}},
            r"attr\.sex \(attributes\.bands={sex: monk_3}\): 'female' is not on the scale",
        ),
    ],
)
def test_choices_about_what_is_not_there_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        section(**changes)


def test_more_attributes_than_can_be_compared_must_be_chosen_from() -> None:
    table = pa.table({"subject_id": ["a"], **{f"attr.x{i}": ["v"] for i in range(101)}})
    with pytest.raises(HarnessError, match=r"Choose some with attributes\.axes"):
        section(People(table))
    assert section(People(table), axes=("x3",))["axes"] == ["x3"]


@pytest.mark.parametrize(
    "sources", [None, {"sex": "me"}, {"sex": {"source": "me", "origin": "file"}}, {"sex": {}}]
)
def test_origins_of_a_plan_made_elsewhere_must_fit(sources: Any) -> None:
    with pytest.raises(ValueError, match="valid"):
        origins({"sources": sources})
