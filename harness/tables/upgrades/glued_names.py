"""Splitting names that version 1 joined, with the help of the names and values of single groups.

Version 1 wrote both sides of a difference as ``female - male``. A name may itself contain the separator: among
groups called ``a``, ``a - b``, ``b - c`` and ``c``, the text ``a - b - c`` can mean two differences. If several
readings are possible, the one whose levels are closest to the row's value is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LESS, OVER, AND, TIMES = " - ", " / ", " & ", "*"
ALL, REST, OVERALL, SEARCH = "all", "rest", "overall", "search"

ResultRow = Mapping[str, Any]
Sides = tuple[str, str | None]
"""A group and the one that it is compared with; None if the row is about one group."""


@dataclass(frozen=True)
class Levels:
    """The levels of a results table of version 1.

    Attributes:
        models: the models that have levels.
        groups: axis → its groups, in the order of the table.
        values: (model, condition, metric, axis, group) → value.
    """

    models: frozenset[str]
    groups: Mapping[str, Sequence[str]]
    values: Mapping[tuple[str, str, str, str, str], float | None]

    @classmethod
    def of(cls, rows: Iterable[ResultRow]) -> Levels:
        """Collect the levels from all rows."""
        levels = [row for row in rows if row["statistic"] == "level"]
        groups: dict[str, dict[str, None]] = {}
        for row in levels:
            groups.setdefault(row["axis"], {})[row["group"]] = None
        return cls(
            models=frozenset(row["model"] for row in levels),
            groups={axis: list(names) for axis, names in groups.items()},
            values={
                (row["model"], row["condition"], row["metric"], row["axis"], row["group"]): row["value"]
                for row in levels
            },
        )

    def models_of(self, name: str) -> tuple[str, str | None]:
        """``toy - human_raters`` as its two models; any other name with None."""
        if name in self.models:
            return name, None
        found = [pair for pair in splits(name, LESS) if self.models.issuperset(pair)]
        return found[0] if found else (name, None)

    def sides(self, row: ResultRow, models: tuple[str, str | None]) -> Sides:
        """The sides of a difference or a ratio."""
        names = self.groups.get(row["axis"], ())
        mark, combined = (OVER, _over) if row["statistic"] == "ratio" else (LESS, _less)
        possible: list[Sides] = [
            (left, right)
            for left, right in splits(row["group"], mark)
            if left in names and (right in names or right == REST)
        ]
        if models[1] is not None and (row["group"] in names or row["group"] == ALL):
            possible.append((row["group"], None))
        if len(possible) > 1 and row["value"] is not None:
            return min(possible, key=lambda sides: self._distance(row, models, sides, combined))
        return possible[0] if possible else _last_split(row["group"], mark)

    def cell(self, name: str) -> dict[str, str]:
        """``sex=female & age=65+`` as attributes with their values."""
        singles = {axis: names for axis, names in self.groups.items() if axis != OVERALL and TIMES not in axis}
        read = next(_cells(name, singles), None)
        return read if read is not None else dict(part.split("=", 1) for part in name.split(AND) if "=" in part)

    def _distance(
        self,
        row: ResultRow,
        models: tuple[str, str | None],
        sides: Sides,
        combined: Callable[[float, float], float],
    ) -> float:
        """The distance between the row's value and that from the levels of these sides; infinite if unknown."""

        def gap(model: str) -> float:
            left, right = (self._value(row, model, group) for group in sides)
            return left if sides[1] is None else combined(left, right)

        expected = gap(models[0]) if models[1] is None else gap(models[0]) - gap(models[1])
        return math.inf if math.isnan(expected) else abs(row["value"] - expected)

    def _value(self, row: ResultRow, model: str, group: str | None) -> float:
        value = self.values.get((model, row["condition"], row["metric"], row["axis"], group or ""))
        return math.nan if value is None else value


def group_of(name: str, num_attributes: int) -> tuple[str, list[str]]:
    """A group of an axis with some number of attributes: its name in version 2, and its value of each attribute.

    In version 1 no part of an intersection's group contained a ``*``; the unknown group has the same name
    everywhere.
    """
    if num_attributes == 1:
        return name, [name]
    if TIMES not in name:
        return name, [name] * num_attributes
    values = name.split(TIMES)
    return TIMES.join(value.replace("\\", "\\\\") for value in values), values


def splits(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """Every way to split a text at one of its separators."""
    parts = text.split(mark)
    for index in range(1, len(parts)):
        yield mark.join(parts[:index]), mark.join(parts[index:])


def _last_split(text: str, mark: str) -> Sides:
    left, found, right = text.rpartition(mark)
    return (left, right) if found else (text, None)


def _cells(name: str, singles: Mapping[str, Sequence[str]]) -> Iterator[dict[str, str]]:
    """Every reading of a cell's name as values of different attributes."""
    for attribute, values in singles.items():
        for value in values:
            head = f"{attribute}={value}"
            if name == head:
                yield {attribute: value}
            elif name.startswith(f"{head}{AND}"):
                others = {axis: names for axis, names in singles.items() if axis != attribute}
                for rest in _cells(name.removeprefix(f"{head}{AND}"), others):
                    yield {attribute: value, **rest}


def _less(left: float, right: float) -> float:
    return left - right


def _over(left: float, right: float) -> float:
    return left / right if right else math.nan
