from __future__ import annotations

import pytest
from markupsafe import Markup

from harness.report.charts import bar, scale, strip
from harness.report.numbers import ABSENT, interval, number, percent, short, signed, visible


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ABSENT),
        (float("nan"), ABSENT),
        (0.0, "0.000"),
        (-0.0001, "0.000"),
        (0.12345, "0.123"),
        (-0.5, "\N{MINUS SIGN}0.500"),
        (12.345, "12.3"),
        (123456.7, "123,457"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert number(value) == text


def test_interval_shows_an_end_that_is_not_known() -> None:
    assert interval(0.1, 0.25) == "[0.100, 0.250]"
    assert interval(None, None) == "no interval"


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 10, "0\N{NO-BREAK SPACE}%"),
        (10, 10, "100\N{NO-BREAK SPACE}%"),
        (1, 3, "33.3\N{NO-BREAK SPACE}%"),
        (1, 10_000, "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"),
        (1, 0, ABSENT),
        (9999, 10_000, ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"),
    ],
)
def test_percent_never_rounds_to_nothing_or_to_all(part: float, whole: float, text: str) -> None:
    assert percent(part, whole) == text


def test_short_and_visible() -> None:
    assert short("x" * 80) == "x" * 80
    assert short("x" * 81) == "x" * 79 + "…"
    assert visible("a\u202eb\x00c\n") == "a\ufffdb\ufffdc\n"
    assert visible("क्‍ष, é, 😀") == "क्‍ष, é, 😀"
    assert visible(Markup("<b>\n</b>")) == Markup("<b>\n</b>")


def test_places_are_shares_of_the_axis() -> None:
    drawing = strip(0.0, -0.5, 1.5, axis=(-1.0, 1.0), chance=0.5)
    assert 'cx="50.00%"' in drawing
    assert 'class="whisker" x1="25.00%" x2="100.00%"' in drawing
    assert 'class="chance" x1="75.00%"' in drawing
    assert 'width="25.00%"' in bar(0.25)
    assert "whisker" not in bar(0.25)
    assert strip(None, None, None) == bar(None) == ""
    assert 'aria-label="0.250"' in strip(0.25, None, None)
    assert scale((0.0, 1.0), (0.0, 1.0)).count("<text") == 2


def test_a_value_outside_its_interval_is_drawn_where_it_is() -> None:
    drawing = strip(0.1, 0.2, 0.4)
    assert 'cx="10.00%"' in drawing
    assert 'class="whisker" x1="20.00%" x2="40.00%"' in drawing
    assert 'width="10.00%"' in bar(0.1, 0.2, 0.4)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.12, "+0.120"), (-0.12, "\N{MINUS SIGN}0.120"), (0.0001, "0.000"), (0.0, "0.000"), (None, ABSENT)],
)
def test_a_difference_has_its_sign(value: float | None, text: str) -> None:
    assert signed(value) == text
