"""Gaps at equal quality of the signal, and what refusing low quality does, from rows of the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.metrics.categorical import ACCURACY
from harness.tables.results import select

MAX_GAPS = 40
MAX_REFUSALS = 30

Row = Mapping[str, Any]


@dataclass(frozen=True)
class EqualGap:
    """One gap in accuracy at equal quality.

    Attributes:
        row: the gap at equal quality.
        change: the gap as it is less this one; its ``own_value`` is the gap as it is. None if it is not compared.
        support: the share of the samples of both groups that it rests on.
        measure: of quality, in words.
        is_matched: by matching on all measures, not by strata of one.
    """

    row: Row
    change: Row | None
    support: float | None
    measure: str
    is_matched: bool


@dataclass(frozen=True)
class Refusal:
    """Refusing the lowest grades of one measure.

    Attributes:
        measure: of quality, in words.
        share: of the study that is refused.
        accuracy: of the kept samples.
        change: the same less the accuracy of all.
        most: of the groups with enough people, the one of which most is refused; None if there are none.
        least: the one of the same axis of which least is refused.
    """

    measure: str
    share: float
    accuracy: Row
    change: Row
    most: Row | None
    least: Row | None


def equal_gaps(results: pa.Table, model: str) -> list[EqualGap]:
    """Those between two groups or a group and the rest, those of which quality takes most first."""
    found = [gap for kind in ("equal_quality", "matched_quality") for gap in _gaps(results, model, kind)]
    return sorted(found, key=lambda gap: -abs(gap.change["value"]) if gap.change is not None else 0.0)


def refusals(results: pa.Table, model: str) -> list[Refusal]:
    """By measure and share."""
    rows = select(results, kind="refused_quality", model=model).to_pylist()
    levels = [row for row in rows if row["statistic"] == "level"]
    accuracies = {_refused(row): row for row in levels if row["metric"] == ACCURACY.base}
    changes = {_refused(row): row for row in rows if row["index"] is not None}
    found = []
    for key, accuracy in accuracies.items():
        of_groups = [row for row in levels if _refused(row) == key and row["axis"] != "overall"]
        most = max(of_groups, key=lambda row: row["value"], default=None)
        same = [row for row in of_groups if most is not None and row["axis"] == most["axis"]]
        least = min(same, key=lambda row: row["value"], default=None)
        found.append(Refusal(_words(key[0]), key[1], accuracy, changes[key], most, least))
    return found


def _gaps(results: pa.Table, model: str, kind: str) -> Sequence[EqualGap]:
    rows = select(results, kind=kind, model=model, metric=ACCURACY.base).to_pylist()
    beside = {(_place(row), row["index"]): row for row in rows if row["index"] is not None}
    found = []
    for row in rows:
        if row["statistic"] == "difference":
            support = beside.get((_place(row), "common_support"))
            found.append(
                EqualGap(
                    row,
                    beside.get((_place(row), "raw_less_equal")),
                    None if support is None else support["value"],
                    _words(row["other_axis"]),
                    kind == "matched_quality",
                )
            )
    return found


def _place(row: Row) -> tuple[object, ...]:
    values = (None if row[side] is None else tuple(row[side]) for side in ("group_values", "versus_values"))
    return row["axis"], row["other_axis"], *values


def _refused(row: Row) -> tuple[str, float]:
    return row["other_axis"], row["threshold"]


def _words(measure: str) -> str:
    return {"snr": "signal-to-noise ratio"}.get(measure, measure.replace("_", " "))
