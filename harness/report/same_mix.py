"""What stands beside a gap: the same gap with one mix of something on both sides, from rows of the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.report.row_numbers import NUMBER
from harness.tables.results import select

KINDS = ("standardised", "adjusted")


@dataclass(frozen=True)
class SameMix:
    """A gap with the same mix on both sides, with the sign of the gap that it stands beside.

    Attributes:
        mix: what is mixed alike: ``classes``, or the name of another axis.
        value: the gap; None if it cannot be measured.
        lo: lower bound of its simultaneous interval.
        hi: upper bound.
        verdict: its verdict.
        reason: why it cannot be measured, or what else a reader must know.
        disagrees: whether its verdict is another one, or only one of the two intervals excludes zero.
        number: of its row in the results; None if the rows are not numbered.
    """

    mix: str
    value: float | None
    lo: float | None
    hi: float | None
    verdict: str
    reason: str | None
    disagrees: bool
    number: int | None = None

    @property
    def excludes_zero(self) -> bool:
        """Whether its interval excludes zero."""
        return self.lo is not None and self.hi is not None and (self.lo > 0 or self.hi < 0)


def axes_together(results: pa.Table, model: str) -> dict[str, list[tuple[str, float]]]:
    """Per axis those that it goes together with, the closest first, with Cramér's V."""
    found: dict[str, list[tuple[str, float]]] = {}
    for row in select(results, kind="association", model=model).to_pylist():
        if row["value"] is not None and row["value"] >= row["threshold"]:
            found.setdefault(row["axis"], []).append((row["other_axis"].replace("_", " "), row["value"]))
    return {axis: sorted(others, key=lambda other: -other[1]) for axis, others in found.items()}


class SameMixes:
    """The gaps of one model with the same mix on both sides, under the clean condition.

    Args:
        results: the results table.
        model: its name.
    """

    def __init__(self, results: pa.Table, model: str) -> None:
        self._rows: dict[tuple[object, ...], list[dict[str, Any]]] = {}
        for kind in KINDS:
            for row in select(results, kind=kind, model=model, statistic="difference").to_pylist():
                self._rows.setdefault(place_of(row), []).append(row)

    def beside(self, row: Mapping[str, Any], sign: int) -> tuple[SameMix, ...]:
        """Those beside a gap.

        Args:
            row: the gap as it is, in the results.
            sign: 1, or -1 if the gap is shown with the opposite sign.
        """
        return tuple(_same_mix(row, each, sign) for each in self._rows.get(place_of(row), []))


def turned(lo: float | None, hi: float | None, sign: int) -> tuple[float | None, float | None]:
    """An interval with the sign of a gap."""
    return (lo, hi) if sign > 0 else (None if hi is None else -hi, None if lo is None else -lo)


def _same_mix(row: Mapping[str, Any], same: Mapping[str, Any], sign: int) -> SameMix:
    lo, hi = turned(same["lo"], same["hi"], sign)
    return SameMix(
        mix="classes" if same["other_axis"] is None else same["other_axis"].replace("_", " "),
        value=None if same["value"] is None else sign * same["value"],
        lo=lo,
        hi=hi,
        verdict=same["verdict"],
        reason=same["reason"],
        disagrees=_outside_zero(row) != _outside_zero(same) or row["verdict"] != same["verdict"],
        number=same.get(NUMBER),
    )


def _outside_zero(row: Mapping[str, Any]) -> int:
    """1 or -1 if the interval lies above or below zero; 0 if it includes zero or there is none."""
    return 0 if row["lo"] is None else (row["lo"] > 0) - (row["hi"] < 0)


def place_of(row: Mapping[str, Any]) -> tuple[object, ...]:
    """Which gap a row is about: its metric, its axis and both groups."""
    sides = (None if row[side] is None else tuple(row[side]) for side in ("group_values", "versus_values"))
    return (row["metric"], row["axis"], *sides)
