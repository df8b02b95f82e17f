from __future__ import annotations

import math

import pytest

from harness.statistics.verdicts import Verdict, subjects_needed, verdict


@pytest.mark.parametrize(
    ("lo", "hi", "expected"),
    [
        (-0.04, 0.05, "met"),
        (0.0, 0.0, "met"),
        (0.051, 0.2, "not_met"),
        (-0.3, -0.06, "not_met"),
        (0.05, 0.2, "inconclusive"),  # it touches the tolerance
        (-0.2, 0.01, "inconclusive"),
        (-0.5, 0.5, "inconclusive"),
        (None, None, "inconclusive"),
    ],
)
def test_where_the_interval_lies(lo: float | None, hi: float | None, expected: Verdict) -> None:
    assert verdict(lo, hi, 0.05) == expected


def test_a_missing_or_undefined_bound_decides_nothing() -> None:
    assert verdict(math.nan, math.nan, 0.05) == "inconclusive"


@pytest.mark.parametrize(("value", "room"), [(0.01, 0.04), (-0.01, 0.04), (0.09, 0.04), (-0.25, 0.2)])
def test_the_number_of_subjects_brings_the_interval_to_one_side(value: float, room: float) -> None:
    needed = subjects_needed(value, 0.12, 0.05, 60)
    assert needed is not None
    assert 0.12 * math.sqrt(60 / needed) <= room < 0.12 * math.sqrt(60 / (needed - 2))


def test_a_difference_at_the_tolerance_is_decided_by_no_number() -> None:
    assert subjects_needed(0.05, 0.1, 0.05, 60) is None
    assert subjects_needed(0.0501, 0.1, 0.05, 60) is None
