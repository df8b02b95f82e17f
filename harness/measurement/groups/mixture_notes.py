"""What is said of a difference that is another one with the same mixture on both sides."""

from __future__ import annotations

from collections.abc import Mapping

from harness.tables.results import Result

Sides = tuple[tuple[str, ...] | None, tuple[str, ...] | None]


def sides_of(row: Result) -> Sides:
    """The two sides of a difference on an axis."""
    return row.group_values, row.versus_values


def mixture_note(row: Result, other_axis: str | None, rows: Mapping[Sides, Result]) -> str | None:
    """How the difference is another one with the same mixture; None if it is not.

    It is another one if its verdict is, or if one of the two intervals excludes zero and the other does not.

    Args:
        row: a difference.
        other_axis: the axis whose groups are mixed alike; None if it is the classes.
        rows: the differences with the same mixture, by their sides.
    """
    same = rows.get(sides_of(row))
    mixed = "classes" if other_axis is None else other_axis
    if same is None or row.lo is None:
        return None
    if same.value is None:
        no_mix = "the mix of classes cannot be made the same"
        apart = no_mix if other_axis is None else f"cannot be told apart from {mixed}"
        return f"{apart} ({same.reason})" if _excludes_zero(row) else None
    if same.lo is None or same.hi is None:
        return None
    before, after = _excludes_zero(row), _excludes_zero(same)
    if before == after and row.verdict == same.verdict:
        return None
    if before == after:
        becomes = "it is"
    elif after == 0:
        becomes = "it may be zero:"
    else:
        becomes = "it excludes zero:" if before == 0 else "it has the other sign:"
    verdict = (same.verdict or "").replace("_", " ")
    return f"with the same mix of {mixed} on both sides {becomes} {verdict}"


def _excludes_zero(row: Result) -> int:
    """1 or -1 if the interval lies above or below zero; 0 if it includes zero or there is none."""
    if row.lo is None or row.hi is None:
        return 0
    return (row.lo > 0) - (row.hi < 0)
