"""People are counted by the combination of their exported answers."""

from __future__ import annotations

import pyarrow as pa

from harness.packs.anonymity import anonymity


def _samples(**columns: list[object]) -> pa.Table:
    return pa.table(columns)


def test_the_smallest_combination_and_the_people_in_small_ones_are_counted() -> None:
    """Two women of 30-49, three men of 30-49, one man of 50 and over, each with two samples."""
    people = [("f", "30-49")] * 2 + [("m", "30-49")] * 3 + [("m", "50+")]
    rows = [(f"p{number}", *answers) for number, answers in enumerate(people)] * 2
    subject, sex, age = (list(column) for column in zip(*rows, strict=True))
    found = anonymity(_samples(subject_id=subject, **{"attr.sex": sex, "attr.age": age}), min_subjects=3)
    assert (found.k, found.subjects_below, found.attributes) == (1, 3, ["sex", "age"])
    assert anonymity(_samples(subject_id=subject, **{"attr.sex": sex}), min_subjects=3).k == 2


def test_somebody_whose_answers_change_is_alike_to_those_with_the_same_changes() -> None:
    samples = _samples(subject_id=["a", "a", "b", "b", "c"], **{"attr.age": ["30", "31", "31", "30", "30"]})
    assert anonymity(samples, 2).k == 1
    assert anonymity(samples.slice(0, 4), 2).k == 2


def test_without_attributes_everybody_is_alike() -> None:
    found = anonymity(_samples(subject_id=["a", "b", "a"]), 5)
    assert (found.k, found.subjects_below) == (2, 2)
    assert anonymity(pa.table({"subject_id": pa.array([], pa.string())}), 5).k == 0
