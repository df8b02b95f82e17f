"""Dates that a spreadsheet made of something else: ``3-12`` becomes ``03. Dez``, ``12-Mar`` or 2025-03-12."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from harness.attributes.vocabulary import vocabulary

_DAY_ZERO = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)
"""Day numbers of the years 1954 to 2119, as spreadsheets store dates."""


def was_range(value: float | str) -> str | None:
    """What a date probably was before a spreadsheet took it for one: ``was_range("12-Mar") == "3-12"``.

    Args:
        value: a text, or a number, which may be a date's number of days.

    Returns:
        None if it is no date.
    """
    if not isinstance(value, str):
        serial = int(value) if float(value).is_integer() else 0
        return _of_date(_DAY_ZERO + timedelta(days=serial)) if serial in _SERIALS else None
    written = value.strip().casefold()
    return _with_month_name(written) or _in_digits(written)


def names_month(text: str) -> bool:
    """Whether a text is a day or a year with the name of a month, as only spreadsheets write it: ``12-Mar``."""
    return _with_month_name(text.strip().casefold()) is not None


def _with_month_name(written: str) -> str | None:
    found = re.fullmatch(r"(\d{1,2})[-. /]{1,2}([^\W\d_]{3,9})\.?", written)
    turned = re.fullmatch(r"([^\W\d_]{3,9})\.?[-. /]{1,2}(\d{2})", written)
    if found is None and turned is None:
        return None
    number, name = (found[1], found[2]) if found else (turned[2], turned[1]) if turned else ("", "")
    month = _month_of_name().get(name)
    return None if month is None else _as_range(month, int(number))


def _in_digits(written: str) -> str | None:
    iso = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?:[t ][\d:.]+)?", written)
    local = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})", written)
    if iso:
        year, month, day = map(int, iso.groups())
    elif local:
        first, second, year = map(int, local.groups())
        month, day = (second, first) if first > 12 else (first, second)
    else:
        return None
    try:
        return _of_date(date(year, month, day))
    except ValueError:
        return None


def _of_date(day: date) -> str:
    """``3-34`` is stored as the first of March 1934, and ``3-12`` as a day of the year in which it was typed."""
    return (
        _as_range(day.month, day.year % 100) if day.day == 1 and day.year < 2000 else _as_range(day.month, day.day)
    )


def _as_range(a: int, b: int) -> str:
    return f"{min(a, b)}-{max(a, b)}"


@cache
def _month_of_name() -> Mapping[str, int]:
    return {name: number for number, names in enumerate(vocabulary().months, start=1) for name in names}
