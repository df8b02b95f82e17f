"""Names that no text is searched for are found where they are the value of a column or an option."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.practice_tests.observed import Observed
from harness.practice_tests.packs.people_in_values import people_in_values

DEVICE, OPTION = "column device of moments", "subjects"


@pytest.mark.parametrize(
    ("device", "options", "people", "found"),
    [
        ("anna", {}, ["anna"], [DEVICE]),  # one lower-case word
        ("p1", {}, ["p1"], [DEVICE]),  # short
        ("watch of anna", {}, ["anna"], [DEVICE]),
        ("watch", {"dataset_options": {"subjects": [" anna", "bob"]}}, ["anna"], [OPTION]),
        ("watch", {"dataset_options": {"subjects": ("anna",)}}, ["anna", "watch"], [OPTION, DEVICE]),
        ("watch v1", {}, ["v1"], []),  # too short to be looked for among words
        ("watch 12", {"limit": 12, "simulate": None}, ["12", "1"], []),  # a number names nobody
        ("watch", {"columns": {"anna": 1}}, ["Ann", "watches", "anna"], []),
        ("a device that is worn by anna and by everybody else who came that day", {}, ["anna"], []),
        ("watch", {}, [], []),
        ("", {}, ["", " "], []),
    ],
)
def test_a_name_is_found_in_a_value(
    device: str, options: dict[str, Any], people: list[str], found: list[str]
) -> None:
    moments = pa.table({"subject": [0, 0], "device": [device, device]})
    observed = Observed({"dataset": "scores"}, {"moments": moments})
    assert people_in_values(observed, {"options": options}, people) == found


def test_a_table_named_after_a_person_is_found() -> None:
    observed = Observed({"dataset": "anna"}, {"moments": pa.table({"subject": [0]})})
    assert people_in_values(observed, {"options": {}}, ["anna"]) == ["dataset"]
