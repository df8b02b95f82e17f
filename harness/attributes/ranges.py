"""Numbers and ranges as people write them: ``25 years``, ``25-34``, ``25 to 34 years``, ``65+``, ``under 18``."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from harness.attributes.bands import between, plain
from harness.attributes.vocabulary import vocabulary

MAX_LENGTH = 60
_DASH = "[\u2010-\u2015\u2212]"
"""Hyphens, dashes and the minus sign."""
_NUMBER = r"\d+(?:\.\d+)?"
_BEFORE = r"(?:aged?\s+)?"


@dataclass(frozen=True, order=True)
class Range:
    """The numbers from ``low`` up to, but without, ``high``; either may be infinite."""

    low: float
    high: float

    @property
    def name(self) -> str:
        """As bands are called: ``<18``, ``25-34``, ``65+``, ``0.5-<2``."""
        if math.isinf(self.low):
            return f"<{plain(self.high)}"
        return f"{plain(self.low)}+" if math.isinf(self.high) else between(self.low, self.high)

    def holds(self, other: Range) -> bool:
        """Whether the other lies within this one."""
        return self.low <= other.low and other.high <= self.high

    def overlaps(self, other: Range) -> bool:
        """Whether a number lies in both."""
        return self.low < other.high and other.low < self.high


def range_of(text: str) -> Range | None:
    """The range that a text states; None if it states none. ``25-34`` ends before 35, as who is 34.9 is 34."""
    if len(text) > MAX_LENGTH:
        return None
    written = _written(text)
    for form, pattern in _patterns():
        if match := pattern.fullmatch(written):
            return _stated(form, [float(number) for number in match.groups()], whole="." not in written)
    return None


def number_of(text: str) -> float | None:
    """A number, which may be infinite or NaN, alone or with its unit (``25 years``); None if the text is none."""
    try:
        return float(text)
    except ValueError:
        match = _with_unit().fullmatch(_written(text)) if len(text) <= MAX_LENGTH else None
        return float(match[1]) if match else None


def number_or_range(text: str) -> Range | None:
    """The range of a number alone, or of the range that a text states; None if it states neither."""
    number = number_of(text)
    if number is None:
        return range_of(text)
    return Range(number, math.nextafter(number, math.inf)) if math.isfinite(number) else None


def overlapping(ranges: Iterable[Range]) -> tuple[Range, Range] | None:
    """Two of the ranges that overlap, if any do."""
    ordered = sorted(set(ranges))
    return next(((a, b) for a, b in pairwise(ordered) if a.overlaps(b)), None)


def _stated(form: str, numbers: list[float], *, whole: bool) -> Range | None:
    first, last, step = numbers[0], numbers[-1], float(whole)
    limits = {
        "to": (first, last + step),
        "to_less": (first, last),
        "at_least": (first, math.inf),
        "more_than": (first + step, math.inf),
        "less_than": (-math.inf, first),
        "at_most": (-math.inf, first + step),
    }
    low, high = limits[form]
    return Range(low, high) if low < high else None


def _written(text: str) -> str:
    return re.sub(_DASH, "-", unicodedata.normalize("NFKC", text).casefold()).strip()


def _any_of(texts: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) + ")"


@cache
def _with_unit() -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}({_NUMBER})\s*{_any_of(vocabulary().ranges.units)}\.?")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    words = vocabulary().ranges
    unit = rf"(?:\s*{_any_of(words.units)}\.?)?"
    number = rf"({_NUMBER}){unit}"
    forms = [
        ("to", rf"{number}\s*(?:-|_|\.\.|…|{_any_of(words.to)})\s*{number}"),
        ("to_less", rf"{number}\s*-\s*<\s*{number}"),
        ("at_least", rf"{number}\s*(?:\+|{_any_of(words.at_least)}){unit}"),
        ("at_least", rf"(?:>=|≥)\s*{number}"),
        ("more_than", rf"(?:>|{_any_of(words.more_than)})\s*{number}"),
        ("at_most", rf"(?:<=|≤|{_any_of(words.at_most)})\s*{number}"),
        ("at_most", rf"{number}\s*{_any_of(words.at_most)}"),
        ("less_than", rf"(?:<|{_any_of(words.less_than)})\s*{number}"),
    ]
    return tuple((form, re.compile(_BEFORE + pattern)) for form, pattern in forms)
