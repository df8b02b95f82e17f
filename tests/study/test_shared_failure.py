"""What is said where most samples fail for one reason."""

from __future__ import annotations

from harness.study.shared_failure import shared_failure

UNIT = "unreadable: interval_ms is not in ms: typical values are under 250, as if in s"


def test_a_reason_of_half_of_the_samples_is_said_in_full() -> None:
    said = f"2 of 4 samples have no score for one reason: {UNIT}."
    assert shared_failure([UNIT, None, UNIT, "silent"]) == said
    assert shared_failure([UNIT]) == f"1 of 1 samples have no score for one reason: {UNIT}."


def test_fewer_other_reasons_and_faces_are_not() -> None:
    assert shared_failure([UNIT, None, None]) is None
    assert shared_failure([UNIT, "too_short: 5 s", "too_short: 6 s"]) is None
    assert shared_failure(["silent", "silent"]) is None
    assert shared_failure(["no_face: none over 0.9"] * 3) is None
    assert shared_failure([]) is None
