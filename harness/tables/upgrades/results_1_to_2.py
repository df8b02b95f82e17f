"""The results, from version 1 to 2: both sides of differences, kinds and indices get their own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from harness.tables.upgrades.glued_names import ALL, OVERALL, REST, SEARCH, TIMES, Levels, ResultRow, group_of

CHECK, SHRUNKEN, NULL_MEAN = "check:", "shrunken:", ":null_mean"

TEXTS = pa.list_(pa.string())

VERSION_2 = pa.schema(
    [
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("metric", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("index", pa.string()),
        pa.field("axis", pa.string(), nullable=False),
        pa.field("attributes", TEXTS, nullable=False),
        pa.field("other_axis", pa.string()),
        pa.field("group", pa.string(), nullable=False),
        pa.field("group_values", TEXTS),
        pa.field("versus", pa.string()),
        pa.field("versus_values", TEXTS),
        pa.field("versus_model", pa.string()),
        pa.field("versus_condition", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("lo", pa.float64()),
        pa.field("hi", pa.float64()),
        pa.field("level", pa.float64()),
        pa.field("method", pa.string()),
        pa.field("n_samples", pa.int64(), nullable=False),
        pa.field("n_subjects", pa.int64(), nullable=False),
        pa.field("n_unscored", pa.int64(), nullable=False),
        pa.field("own_value", pa.float64()),
        pa.field("versus_value", pa.float64()),
        pa.field("p", pa.float64()),
        pa.field("p_corrected", pa.float64()),
        pa.field("chance", pa.float64()),
        pa.field("null_mean", pa.float64()),
        pa.field("null_lo", pa.float64()),
        pa.field("null_hi", pa.float64()),
        pa.field("threshold", pa.float64()),
        pa.field("verdict", pa.string()),
        pa.field("reason", pa.string()),
    ]
)


RENAMED = {"global_test_p_holm": "global_test_p_corrected"}


def results_1_to_2(results: pa.Table) -> pa.Table:
    """Split the names joined in ``model``, ``metric`` and ``group``, with the help of the levels' names."""
    rows = results.to_pylist()
    levels = Levels.of(rows)
    means = {_index(row): row["value"] for row in rows if _is_null_mean(row)}
    made = [_upgraded(row, levels, means) for row in rows if not _is_null_mean(row)]
    return pa.Table.from_pylist(made, VERSION_2)


def _is_null_mean(row: ResultRow) -> bool:
    return row["statistic"] == "index" and bool(row["group"].endswith(NULL_MEAN))


def _index(row: ResultRow) -> tuple[str, ...]:
    return (
        *(row[name] for name in ("model", "condition", "metric", "axis")),
        row["group"].removesuffix(NULL_MEAN),
    )


def _upgraded(row: ResultRow, levels: Levels, means: Mapping[tuple[str, ...], float | None]) -> dict[str, Any]:
    kind, metric = _kind(row)
    model, versus_model = levels.models_of(row["model"])
    made = {
        **dict.fromkeys(VERSION_2.names),
        **row,
        "kind": kind,
        "metric": metric,
        "model": model,
        "versus_model": versus_model,
        "attributes": [] if row["axis"] in (OVERALL, SEARCH) else _attributes(row["axis"]),
    }
    if kind == "check":
        return made
    if row["statistic"] == "index":
        return made | {
            "index": RENAMED.get(row["group"], row["group"]),
            "group": ALL,
            "null_mean": means.get(_index(row)),
        }
    if kind == "search":
        return made | _cell(row, levels)
    if row["statistic"] == "level":
        return made | _side("group", row["axis"], None if _is_everybody(row, levels) else row["group"])
    group, versus = levels.sides(row, (model, versus_model))
    whole = row["axis"] == OVERALL
    return made | _side("group", row["axis"], None if whole else group) | _versus(row["axis"], versus)


def _kind(row: ResultRow) -> tuple[str, str]:
    """The kind of a row, and the name of its metric without the kind."""
    metric = row["metric"]
    if metric.startswith(CHECK):
        return "check", metric.removeprefix(CHECK)
    if metric.startswith(SHRUNKEN):
        return "shrunken", metric.removeprefix(SHRUNKEN)
    return ("search" if row["axis"] == SEARCH else "metric"), metric


def _attributes(axis: str) -> list[str]:
    return [part.strip() for part in axis.split(TIMES)]


def _is_everybody(row: ResultRow, levels: Levels) -> bool:
    """Whether a row is about all samples, or a whole axis with too many groups, and not a group called ``all``."""
    refused = levels.groups[row["axis"]] == [ALL] and row["value"] is None
    return row["group"] == ALL and (row["axis"] == OVERALL or refused)


def _cell(row: ResultRow, levels: Levels) -> dict[str, Any]:
    """The columns of a cell that the search flagged, compared with the rest."""
    name = row["group"].removesuffix(f" - {REST}")
    values = levels.cell(name)
    return {
        "attributes": list(values),
        "group": name,
        "group_values": list(values.values()),
        "versus": REST,
        "versus_values": None,
    }


def _versus(axis: str, name: str | None) -> dict[str, Any]:
    return {"versus": REST, "versus_values": None} if name == REST else _side("versus", axis, name)


def _side(column: str, axis: str, name: str | None) -> dict[str, Any]:
    """The columns of one side; None means everybody, or for ``versus`` no other side."""
    if name is None:
        return {column: ALL if column == "group" else None, f"{column}_values": None}
    shown, values = group_of(name, len(_attributes(axis)))
    return {column: shown, f"{column}_values": values}
