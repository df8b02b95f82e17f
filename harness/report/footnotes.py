"""Footnotes for intervals that look odd but are correct."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.statistics.intervals import ALL_ALIKE


@dataclass(frozen=True)
class Footnotes:
    """Which footnotes a table of figures needs."""

    alike: bool
    outside: bool


def is_alike(row: Mapping[str, Any]) -> bool:
    """Whether the interval is the exact bound for subjects who are all alike."""
    return bool(row["method"] == ALL_ALIKE)


def is_outside(row: Mapping[str, Any]) -> bool:
    """Whether the value lies outside its interval, as may happen where resamples are biased."""
    value, lo, hi = row["value"], row["lo"], row["hi"]
    return None not in (value, lo, hi) and not lo <= value <= hi


def footnotes(cells: Iterable[Mapping[str, Any] | None]) -> Footnotes:
    """The footnotes under a table of these cells."""
    shown = [cell for cell in cells if cell is not None and cell["value"] is not None]
    return Footnotes(any(map(is_alike, shown)), any(map(is_outside, shown)))
