"""Which reasons of a user's table are named: those of the harness, and those that two people share."""

from __future__ import annotations

import pyarrow as pa

from harness.study.shared_reasons import with_shared_reasons

SAMPLES = pa.table({"sample_id": ["s0", "s1", "s2", "s3"], "subject_id": ["ann", "ann", "ben", "cem"]})


def reasons(*given: str | None) -> list[str | None]:
    table = pa.table({"sample_id": ["s3", "s1", "s0", "s2"], "reason": pa.array(given, pa.string())})
    found: list[str | None] = with_shared_reasons(table, SAMPLES)["reason"].to_pylist()
    return found


def test_a_code_that_two_people_share_is_named() -> None:
    assert reasons("noisy: a car", None, "noisy", "no_face") == ["noisy: a car", None, "noisy", "no_face"]


def test_a_code_of_one_person_is_a_detail_however_often_it_occurs() -> None:
    assert reasons(None, "anns_lisp", "anns_lisp: again", None) == [
        None,
        "other: anns_lisp",
        "other: anns_lisp: again",
        None,
    ]


def test_the_harness_own_codes_are_no_secret() -> None:
    assert reasons("no_face", None, None, None) == ["no_face", None, None, None]
