from __future__ import annotations

import math

import pytest

from harness.attributes.bands import band


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, "0-2"),
        (2.9, "0-2"),
        (17.99, "13-17"),
        (18, "18-29"),
        (29, "18-29"),
        (30, "30-44"),
        (74.5, "60-74"),
        (75, "75+"),
        (130, "75+"),
        (-1, "-1"),
    ],
)
def test_ages_fall_into_bands_closed_below(age: float, expected: str) -> None:
    assert band("age", age) == expected


def test_text_and_nothing_stay_as_they_are() -> None:
    assert band("age", "elderly") == "elderly"
    assert band("sex", "female") == "female"
    assert band("age", None) is None
    assert band("age", math.nan) is None


def test_a_number_without_bands_is_its_own_group() -> None:
    assert band("hearing", 2.0) == "2"
    assert band("hearing", 2.5) == "2.5"
