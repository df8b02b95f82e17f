from __future__ import annotations

import pyarrow as pa
import pytest

from harness.attributes.column_names import attribute_name, meant_axis, meant_keys, with_plain_names
from harness.attributes.look_alikes import look_alikes, meant, there_are
from harness.errors import HarnessError


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Age", "age"),
        ("AGE (years)", "age_years"),
        ("Gender", "gender"),
        ("Skin Tone", "skin_tone"),
        ("skin-tone", "skin_tone"),
        ("MST", "mst"),
        ("ASD", "asd"),
        ("Site", "Site"),
        ("first language", "first language"),
    ],
)
def test_known_kinds_are_called_in_small_letters(name: str, expected: str) -> None:
    assert attribute_name(name) == expected


def test_columns_are_called_as_attributes_are_and_others_stay() -> None:
    table = pa.table({"subject_id": ["a"], "attr.Age": [3.0], "attr.Site": ["x"], "ctx.Age": [1]})
    assert with_plain_names(table).column_names == ["subject_id", "attr.age", "attr.Site", "ctx.Age"]
    twice = pa.table({"attr.Age": [3.0], "attr.age": [4.0]})
    with pytest.raises(HarnessError, match=r"the columns attr\.Age and attr\.age are the same attribute"):
        with_plain_names(twice)


def test_a_choice_may_use_another_name_of_the_kind() -> None:
    known = ("gender", "age_years", "mst", "ethnicity", "autism", "adhd", "Site")
    assert [meant(name, known) for name in ("gender", "Sex", "age", "skin tone", "race", "site")] == [
        *("gender", "gender", "age_years", "mst", "ethnicity", "Site"),
    ]
    assert meant("asd", known) == "autism"
    assert meant("fitzpatrick", known) is None
    assert meant_axis("Sex*Age", known, "attributes.axes") == "gender*age_years"
    assert meant_keys({"sex": 1, "Site": 2}, known, "attributes.bands") == {"gender": 1, "Site": 2}


def test_two_columns_of_a_kind_must_be_told_apart() -> None:
    known = ("sex", "gender", "monk", "fitzpatrick")
    assert meant("sex", known) == "sex"
    assert meant("gender identity", known) is None
    assert look_alikes("skin_tone", known) == ["monk", "fitzpatrick"]
    with pytest.raises(HarnessError, match=r"attributes\.bands: 'gender' is chosen twice, also as 'Gender'"):
        meant_keys({"gender": 1, "Gender": 2}, known, "attributes.bands")


def test_what_looks_alike_is_named() -> None:
    known = ("gender", "age", "ethnicity")
    assert there_are("etnicity", known) == "Did you mean ethnicity? The samples have: gender, age, ethnicity."
    assert there_are("sex", known) == "Did you mean gender? The samples have: gender, age, ethnicity."
    assert there_are("hearing", known) == "The samples have: gender, age, ethnicity."
    assert there_are("age", ()) == "The samples have: none."
    assert there_are("x", [f"attribute {i}" for i in range(30)]).endswith("attribute 19, ….")
