from __future__ import annotations

import math

import pytest

from harness.attributes.bands import band, band_names, plain, require_edges


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, "<18"),
        (17.99, "<18"),
        (18, "18-29"),
        (29, "18-29"),
        (29.9, "18-29"),
        (30, "30-49"),
        (50, "50-64"),
        (64.5, "50-64"),
        (65, "65+"),
        (130, "65+"),
    ],
)
def test_ages_fall_into_bands_closed_below(age: float, expected: str) -> None:
    assert band(age, (18, 30, 50, 65)) == expected


@pytest.mark.parametrize(
    ("edges", "names"),
    [
        ((18, 30, 50, 65), ("<18", "18-29", "30-49", "50-64", "65+")),
        ((40,), ("<40", "40+")),
        ((1, 2, 3.0), ("<1", "1", "2", "3+")),
        ((18.5, 25, 30), ("<18.5", "18.5-<25", "25-<30", "30+")),
        ((-2, 0), ("<-2", "-2--1", "0+")),
    ],
)
def test_bands_are_named_after_their_edges(edges: tuple[float, ...], names: tuple[str, ...]) -> None:
    assert band_names(edges) == names


@pytest.mark.parametrize("edges", [(), (1, 1), (2, 1), (math.nan,), (1, math.inf), (10**400,), (-math.inf,)])
def test_edges_rise_and_are_finite(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="finite numbers that rise"):
        require_edges(edges)


def test_different_numbers_have_different_names() -> None:
    assert plain(2.0) == "2"
    assert plain(2.5) == "2.5"
    assert plain(1234567.0) != plain(1234568.0)
    assert plain(1e300) == "1e+300"
