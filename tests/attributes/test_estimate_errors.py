from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from harness.attributes.attribute_plan import attribute_plan, attribute_plan_of
from harness.attributes.estimate_errors import EstimateErrors, estimate_errors
from harness.attributes.people import People
from harness.errors import HarnessError

SAMPLES = pa.table(
    {
        "sample_id": ["a1", "a2", "b1", "c1"],
        "subject_id": ["a", "a", "b", "c"],
        "attr.skin_tone": ["monk_02", "monk_02", "monk_09", None],
        "attr.apparent_skin_tone": ["monk_02", "monk_05", "monk_09", "monk_08"],
        "attr.sex": ["female", "female", "male", "male"],
    }
)
BANDS = {"skin_tone": "monk_3", "apparent_skin_tone": "monk_3"}
SOURCES = {"skin_tone": "observer", "apparent_skin_tone": "estimated"}


def section(estimated: tuple[str, ...] = ("apparent_skin_tone",), **changes: Any) -> dict[str, Any]:
    choices: dict[str, Any] = {"axes": None, "bands": BANDS, "sources": SOURCES, **changes}
    people = People(SAMPLES, estimated=frozenset(estimated))
    return attribute_plan(people, card={}, **choices)


def test_an_estimate_is_held_against_the_annotated_attribute_with_the_same_groups() -> None:
    found = section()
    assert found["errors"] == {
        "apparent_skin_tone": {"reference": "skin_tone", "groups": [], "counts": [], "ordered": True}
    }
    assert found == json.loads(json.dumps(found))
    assert estimate_errors(found)["apparent_skin_tone"].reference == "skin_tone"
    assert attribute_plan_of(found, SAMPLES.slice(0, 3))["errors"] == found["errors"]


@pytest.mark.parametrize(
    "change",
    [
        {"bands": {"skin_tone": "monk_10", "apparent_skin_tone": "monk_3"}},
        {"bands": {"skin_tone": None, "apparent_skin_tone": None}},
        {"sources": {"skin_tone": "estimated", "apparent_skin_tone": "estimated"}},
        {"sources": {"apparent_skin_tone": "estimated"}},
        {"axes": ("apparent_skin_tone",)},
        {"errors": {"apparent_skin_tone": None}},
    ],
)
def test_nothing_is_held_against_another_scale_another_estimate_or_against_the_users_word(
    change: dict[str, Any],
) -> None:
    assert "errors" not in section(**change)


def test_counts_of_other_people_are_taken_in_the_order_in_which_they_are_given() -> None:
    found = section(errors={"apparent skin tone": {"dark": (40, 8), "light": (5, 45)}})
    assert found["errors"]["apparent_skin_tone"] == {
        "reference": None,
        "groups": ["dark", "light"],
        "counts": [[40, 8], [5, 45]],
        "ordered": True,
    }


@pytest.mark.parametrize(
    ("errors", "message"),
    [
        ({"sex": "skin_tone"}, r"'sex' is no axis whose source is estimated \(apparent_skin_tone\)"),
        (
            {"apparent_skin_tone": "apparent_skin_tone"},
            r"'apparent_skin_tone' is no other axis \(skin_tone and sex\)",
        ),
        ({"apparent_skin_tone": "sex"}, r"\(light, medium and dark\) and sex \(.*\) have different groups"),
        ({"apparent_skin_tone": {"pale": (3,)}}, "has no groups pale; it has light, medium and dark"),
        ({"apparent_skin_tone": {"light": (3, 1), "dark": (2,)}}, "square table: for each of the 2 true groups"),
    ],
)
def test_a_choice_that_says_nothing_of_the_estimate_is_refused(errors: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError, match=rf"^attributes\.errors: .*{message}"):
        section(errors=errors)


@pytest.mark.parametrize(
    "stated",
    [
        {"ordered": True},
        {"ordered": True, "reference": "a", "groups": ["x"], "counts": [[1]]},
        {"ordered": True, "groups": ["x", "y"], "counts": [[1, 2]]},
        {"ordered": True, "groups": ["x"], "counts": [[-1]]},
    ],
)
def test_errors_in_a_plan_from_elsewhere_are_checked(stated: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EstimateErrors.model_validate(stated)
