from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.grouping import Grouping
from harness.attributes.missing_answers import MissingAnswers
from harness.study.plan_missing import missing_answers
from harness.tables.samples import samples_table

FEMALE = 8
"""Of twelve people with two samples each, the first. Then come three men, and one of whom it is not known."""


def samples() -> pa.Table:
    sex = ["female"] * FEMALE + ["male"] * 3 + [None]
    return samples_table(
        [
            {
                "sample_id": f"p{person}-{take}",
                "modality": "face",
                "subject_id": f"p{person}",
                "label_source": "acted",
                "attr.sex": sex[person],
            }
            for person in range(12)
            for take in range(2)
        ]
    )


def counted(min_subjects: int) -> MissingAnswers:
    """The face is missing in the first takes of women, the voice for everybody from the seventh woman on."""
    take, person = np.tile([0, 1], 12), np.repeat(np.arange(12), 2)
    absent = {"face": (take == 0) & (person < FEMALE), "voice": person >= 6}
    return missing_answers(absent, samples(), Grouping(), min_subjects=min_subjects)


def test_shares_are_counted_over_all_and_per_group() -> None:
    found = counted(1)
    assert found.parts == ("face", "voice")
    assert [(one.axis, one.group, one.num_samples) for one in found.groups] == [
        (None, None, 24),
        ("sex", "female", 16),
        ("sex", "male", 6),
        ("sex", "unknown", 2),
    ]
    everybody, female, male, _ = found.groups
    assert everybody.by_part == pytest.approx((8 / 24, 12 / 24))
    assert everybody.any_part == pytest.approx((8 + 12 - 2) / 24)
    assert female.by_part == pytest.approx((8 / 16, 4 / 16))
    assert female.any_part == pytest.approx(10 / 16)
    assert (male.by_part, male.any_part) == ((0.0, 1.0), 1.0)


def test_groups_of_few_people_are_left_out() -> None:
    assert [one.group for one in counted(4).groups] == [None, "female"]


def test_a_plan_is_read_back_and_not_trusted() -> None:
    section = json.loads(json.dumps(counted(1).plain()))
    assert MissingAnswers.of({"missing_answers": section}) == counted(1)
    assert MissingAnswers.of({}) is None
    wrong: list[Any] = [
        "face",
        [],
        {"parts": ["face"]},
        {**section, "more": 1},
        {**section, "parts": ["face"]},
        {**section, "groups": [{**section["groups"][0], "any_part": 1.5}]},
        {**section, "groups": [{**section["groups"][0], "any_part": float("nan")}]},
        {**section, "groups": [None]},
    ]
    for one in wrong:
        with pytest.raises((TypeError, ValueError)):
            MissingAnswers.of({"missing_answers": one})
