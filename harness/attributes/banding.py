"""One answer → its band: numbers and ranges that people write, among edges or among other ranges.

What is neither is refused, because nobody would notice a band that is called "thirty".
"""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

from harness.attributes.bands import band, band_names, plain
from harness.attributes.ranges import Range, number_of, number_or_range, range_of
from harness.attributes.spreadsheet_dates import was_range
from harness.attributes.vocabulary import NOT_DISCLOSED, is_not_disclosed

MAX_YEARS = 150

_YEARS_OF_BIRTH = range(1880, 2101)


def group_in_bands(text: str, edges: tuple[float, ...], *, years: bool) -> str | None:
    """The band between two edges; ``not disclosed``; None where the number is not known (NaN).

    Args:
        text: a number, or a range that lies within one band.
        edges: of the bands, in rising order.
        years: whether the number is an age.

    Raises:
        ValueError: the text is neither, the range does not lie within one band, or the number is no age.
    """
    number = number_of(text)
    if number is not None and math.isnan(number):
        return None
    if number is not None:
        _require_finite(number, text, years=years)
        return band(number, edges)
    if is_not_disclosed(text):
        return NOT_DISCLOSED
    stated = _require_range(text)
    within = [name for name, of in zip(band_names(edges), _ranges_between(edges), strict=True) if of.holds(stated)]
    if within:
        return within[0]
    raise ValueError(
        f"{text!r} lies in more than one of the bands {', '.join(band_names(edges))}. Choose edges at which your "
        "ranges begin, or null to use the ranges as they are"
    )


def group_in_ranges(text: str, names: tuple[str, ...]) -> str | None:
    """The range, among those with these names, in which a number or a range lies; ``not disclosed``; None for NaN.

    Raises:
        ValueError: it lies in none.
    """
    number = number_of(text)
    if number is not None and math.isnan(number):
        return None
    if text in names or is_not_disclosed(text):
        return text if text in names else NOT_DISCLOSED
    stated = number_or_range(text) or _require_range(text)
    within = [name for name, of in _named_ranges(names) if of.holds(stated)]
    if not within:
        raise ValueError(f"{text!r} lies in none of the ranges {', '.join(names)}. Choose edges, such as [18, 30]")
    return within[0]


@cache
def are_ranges(names: tuple[str, ...]) -> bool:
    """Whether the names of groups are all ranges of numbers."""
    return all(range_of(name) is not None for name in names)


@cache
def _named_ranges(names: tuple[str, ...]) -> tuple[tuple[str, Range], ...]:
    return tuple((name, of) for name in names if (of := range_of(name)) is not None)


@cache
def _ranges_between(edges: tuple[float, ...]) -> tuple[Range, ...]:
    limits = (-math.inf, *map(float, edges), math.inf)
    return tuple(Range(low, high) for low, high in pairwise(limits))


def _require_finite(number: float, text: str, *, years: bool) -> None:
    if math.isinf(number):
        raise ValueError(f"{text!r} lies in no band; leave the cell empty where it is not known")
    if years and not 0 <= number <= MAX_YEARS:
        before = was_range(number)
        hint = f" but a date, {spreadsheet_remedy(before)}" if before else ""
        hint = ", but may be a year of birth: enter the age" if number in _YEARS_OF_BIRTH else hint
        raise ValueError(f"{plain(number)} is no age in years{hint}; leave the cell empty where it is not known")


def _require_range(text: str) -> Range:
    stated = range_of(text)
    if stated is not None:
        return stated
    before = was_range(text)
    if before is not None:
        raise ValueError(f"{text!r} is a date, {spreadsheet_remedy(before)}")
    raise ValueError(
        f"{text!r} is neither a number nor a range such as 25-34, 65+ or <18. Correct the cell or leave it empty; "
        "if the answers are words, use null instead of bands: every answer is then a group"
    )


def spreadsheet_remedy(before: str) -> str:
    """What to do about a date that was a range, to follow its name."""
    return (
        f"which a spreadsheet probably made of {before!r}. Format the column as text before you enter ranges, or "
        f"write {before.replace('-', ' to ')!r}. Of a date of birth, enter the age"
    )
