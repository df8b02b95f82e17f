"""The rows of the results that a document rests on: numbered as in ``results.csv``, and listed where it ends.

Every verdict and every figure of a document links to its row. The list is made of exactly those that were cited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
from markupsafe import Markup

from harness.attributes.group import EVERYBODY, THE_REST, Group
from harness.report.group_names import group_name
from harness.report.metric_names import compared_name, metric_name
from harness.report.ranked_gaps import Gap

_IDENTITY = (
    *("model", "condition", "kind", "metric", "statistic", "index", "axis", "attributes", "other_axis", "group"),
    *("group_values", "versus", "versus_values", "versus_model", "versus_condition"),
)
"""The columns that say what a row is about."""


@dataclass(frozen=True)
class CitedRow:
    """A row as it is shown.

    Attributes:
        number: its place in ``results.csv``, counted from 1 below the header.
        what: what it says, in words.
        whom: about which samples, in words.
        row: the row.
    """

    number: int
    what: str
    whom: str
    row: Mapping[str, Any]


class CitedRows:
    """Counts the rows of a results table, and remembers which of them were cited.

    Args:
        results: the results table.
    """

    def __init__(self, results: pa.Table) -> None:
        self._rows: list[dict[str, Any]] = results.to_pylist()
        self._numbers = {_key(row): number for number, row in enumerate(self._rows, 1)}
        self._cited: set[int] = set()

    def link(self, row: Mapping[str, Any], text: str | None = None) -> Markup:
        """A link to a row in the list.

        Args:
            row: of the results, whole or with its value removed.
            text: of the link; by default its number.
        """
        number = self.number(row)
        self._cited.add(number)
        return Markup('<a href="#row-{}">{}</a>').format(number, text or f"row {number:,}")

    def number(self, row: Mapping[str, Any]) -> int:
        """The number of a row."""
        return self._numbers[_key(row)]

    def gap_link(self, gap: Gap, model: str, text: str | None = None) -> Markup:
        """A link to the row of a gap."""
        return self.link(self.of_gap(gap, model), text)

    def of_gap(self, gap: Gap, model: str) -> Mapping[str, Any]:
        """The row that a gap was made of, whichever group is on its left."""
        return next(
            row
            for row in self._gaps[model, gap.metric, gap.axis, frozenset((gap.worse, gap.than))]
            if abs(row["value"]) == gap.value
        )

    def cited(self) -> list[CitedRow]:
        """The cited rows in the order of the table."""
        return [self._shown(number, self._rows[number - 1]) for number in sorted(self._cited)]

    @cached_property
    def _gaps(self) -> Mapping[tuple[str, str, str, frozenset[Group]], list[dict[str, Any]]]:
        found: dict[tuple[str, str, str, frozenset[Group]], list[dict[str, Any]]] = {}
        for row in self._rows:
            own = row["versus_model"] is None and row["versus_condition"] is None
            is_gap = row["statistic"] == "difference" and row["kind"] in ("metric", "search")
            if own and is_gap and row["value"] is not None:
                groups = frozenset((Group.of_row(row), Group.of_row(row, "versus")))
                found.setdefault((row["model"], row["metric"], row["axis"], groups), []).append(row)
        return found

    def _shown(self, number: int, row: Mapping[str, Any]) -> CitedRow:
        return CitedRow(number, _what(row), _whom(row), row)


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(tuple(cell) if isinstance(cell := row[name], list) else cell for name in _IDENTITY)


def _what(row: Mapping[str, Any]) -> str:
    if row["kind"] == "check":
        about = "" if row["group"] == "all" else f": {row['group']}"
        return f"check of the test, {row['metric'].replace('_', ' ')}{about}"
    name = compared_name(row["metric"]) if row["statistic"] == "difference" else metric_name(row["metric"])[0]
    statistic = row["index"].replace("_", " ") if row["index"] else row["statistic"]
    kind = "" if row["kind"] == "metric" else f", {row['kind']}"
    condition = "" if row["condition"] == "clean" else f", condition {row['condition']}"
    return f"{name}, {statistic}{kind}{condition}"


def _whom(row: Mapping[str, Any]) -> str:
    """The samples of a row by the values of their attributes."""
    own, other = Group.of_row(row), Group.of_row(row, "versus") if row["versus"] is not None else None
    sides = [_samples(own, row["attributes"])]
    if other is not None:
        sides.append("everybody else" if other == THE_REST else _samples(other, row["attributes"]))
    return " minus ".join(sides)


def _samples(group: Group, attributes: list[str]) -> str:
    if group == EVERYBODY or group.values is None or len(group.values) != len(attributes):
        return "all samples" if group == EVERYBODY else group_name(group)
    return ", ".join(f"{name} = {value}" for name, value in zip(attributes, group.values, strict=True))
