from __future__ import annotations

import math

import pytest

from harness.attributes.banding import group_in_bands, group_in_ranges
from harness.attributes.ranges import Range, number_or_range, overlapping, range_of


@pytest.mark.parametrize(
    ("text", "low", "high", "name"),
    [
        ("25-34", 25, 35, "25-34"),
        ("25\u201334", 25, 35, "25-34"),
        ("25 \u2014 34", 25, 35, "25-34"),
        ("18 to 24", 18, 25, "18-24"),
        ("18 bis 24 Jahre", 18, 25, "18-24"),
        ("25 - 34 years", 25, 35, "25-34"),
        ("Aged 25-34", 25, 35, "25-34"),
        ("25_34", 25, 35, "25-34"),
        ("65+", 65, math.inf, "65+"),
        ("65 and over", 65, math.inf, "65+"),
        ("65 years and older", 65, math.inf, "65+"),
        (">= 65", 65, math.inf, "65+"),
        ("≥65", 65, math.inf, "65+"),
        (">65", 66, math.inf, "66+"),
        ("over 65", 66, math.inf, "66+"),
        ("<18", -math.inf, 18, "<18"),
        ("Under 18", -math.inf, 18, "<18"),
        ("<=17", -math.inf, 18, "<18"),
        ("17 and under", -math.inf, 18, "<18"),
        ("0.5-<2", 0.5, 2, "0.5-<2"),
        ("7-7", 7, 8, "7"),
    ],
)
def test_ranges_are_written_in_many_ways(text: str, low: float, high: float, name: str) -> None:
    assert range_of(text) == Range(low, high)
    assert Range(low, high).name == name


@pytest.mark.parametrize("text", ["25", "34-25", "thirty", "-5", "25-", "25-34-44", "monk_01-02", "", "1-2" * 40])
def test_other_texts_are_no_ranges(text: str) -> None:
    assert range_of(text) is None


def test_a_number_is_a_range_of_its_own() -> None:
    assert number_or_range("34") == Range(34, math.nextafter(34, math.inf))
    assert number_or_range("34 years") == number_or_range("aged 34 yrs.") == number_or_range("34")
    assert number_or_range("inf") is None
    assert number_or_range("34 weeks") is None


def test_ranges_that_share_a_number_overlap() -> None:
    a, b, c = Range(18, 25), Range(25, 35), Range(30, 40)
    assert overlapping([b, a]) is None
    assert overlapping([c, a, b]) == (b, c)


@pytest.mark.parametrize(
    ("text", "group"),
    [
        ("29.9", "18-29"),
        ("25 years", "18-29"),
        ("65 y.", "65+"),
        ("18-29", "18-29"),
        ("20 to 25", "18-29"),
        ("under 12", "<18"),
        ("70+", "65+"),
        ("nan", None),
        ("Prefer not to say", "not disclosed"),
    ],
)
def test_a_range_within_a_band_is_in_it(text: str, group: str | None) -> None:
    assert group_in_bands(text, (18, 30, 50, 65), years=True) == group


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("25-34", "'25-34' lies in more than one of the bands <18, 18-29, 30-49, 50-64, 65\\+"),
        ("60+", "'60\\+' lies in more than one"),
        ("25-Mar", "'25-Mar' is a date, which a spreadsheet probably made of '3-25'.* write '3 to 25'"),
        ("Mar-34", "probably made of '3-34'"),
        ("2025-03-25", "probably made of '3-25'"),
        ("2025-03-25 00:00:00", "probably made of '3-25'"),
        ("45741", "45741 is no age in years but a date, which a spreadsheet probably made of '3-25'"),
        ("1987", "1987 is no age in years, but may be a year of birth: enter the age"),
        ("2250", "2250 is no age in years; leave the cell empty"),
        ("1987-05-23", "is a date, .* Of a date of birth, enter the age$"),
        ("151", "151 is no age in years; leave the cell empty"),
        ("thirty", "'thirty' is neither a number nor a range"),
        ("male", "'male' is neither a number nor a range"),
    ],
)
def test_what_fits_no_band_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        group_in_bands(text, (18, 30, 50, 65), years=True)


def test_numbers_and_ranges_lie_in_named_ranges() -> None:
    names = ("<18", "18-24", "25-34", "65+")
    found = [
        group_in_ranges(text, names) for text in ("17", "24.9", "25\u201334", "26-30", "90", "refused", "nan")
    ]
    assert found == ["<18", "18-24", "25-34", "25-34", "65+", "not disclosed", None]
    with pytest.raises(ValueError, match="'40' lies in none of the ranges <18, 18-24, 25-34, 65\\+"):
        group_in_ranges("40", names)
    with pytest.raises(ValueError, match="'old' is neither"):
        group_in_ranges("old", names)
