"""The results as the Algorithm Reporting Standard states metrics.

A metric is a value with labels; several labels together are an intersection. The standard has no field for numbers
of people, intervals, thresholds and verdicts: these are labels of the type ``uncertainty``, for programs that only
read labels, and keys of their own beside them, which its schema permits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.conformity.disclosure import Row, shown_differences, shown_levels
from harness.conformity.measured_run import MeasuredRun
from harness.known_metrics import facts_of
from harness.report.metric_names import compared_name, metric_name
from harness.tables.schemas import CLEAN

UNCERTAINTY = "uncertainty"
"""The type of labels that say how sure a value is."""

_UNCERTAIN = (
    ("lo", "interval_lower"),
    ("hi", "interval_upper"),
    ("level", "confidence_level"),
    ("n_samples", "n_samples"),
    ("n_subjects", "n_subjects"),
    ("n_unscored", "n_unscored"),
    ("chance", "chance_level"),
    ("threshold", "threshold"),
    ("verdict", "verdict"),
)
"""Column of the results → name of the label."""


def metrics(run: MeasuredRun) -> list[dict[str, Any]]:
    """The system's figures that may be shown, without those that only experts of one metric read.

    Over all samples every metric; of groups those that groups are compared on, and each group's worst difference.
    """
    bounds = {"min_subjects": run.min_subjects}
    compared = {"accuracy", *(run.plan["measure"].get("gaps") or [])}
    levels = [
        row
        for row in shown_levels(run.results, run.system, **bounds)
        if row["axis"] == "overall" or facts_of(row["metric"]).base in compared
    ]
    worst: dict[tuple[str, ...], Row] = {}
    for row in shown_differences(run.results, run.system, **bounds):
        place = tuple(row[key] for key in ("condition", "metric", "axis", "group"))
        if place not in worst or abs(row["value"]) > abs(worst[place]["value"]):
            worst[place] = row
    return [_metric(row) for row in (*levels, *worst.values())]


def _metric(row: Row) -> dict[str, Any]:
    base, _, part = row["metric"].partition(":")
    is_level = row["statistic"] == "level"
    return {
        "type": base if is_level else f"{base}_difference",
        "name": metric_name(row["metric"])[0] if is_level else f"{compared_name(row['metric'])}, difference",
        "dtype": "float",
        "value": row["value"],
        "labels": [*_of_what(row, part), *_how_sure(row)],
        **_extensions(row),
    }


def _of_what(row: Row, part: str) -> Iterator[dict[str, Any]]:
    """The class or dimension, the groups and the condition that a value is about."""
    if part:
        each = facts_of(row["metric"]).each or "part"
        yield _label(each, "output_class" if each == "class" else each, part)
    yield from (
        _label(attribute, "feature", value)
        for attribute, value in zip(row["attributes"], row["group_values"] or (), strict=False)
    )
    if row["statistic"] == "difference":
        others = row["versus_values"] or ["everybody else"] * len(row["attributes"])
        yield from (
            _label(attribute, "versus", value) for attribute, value in zip(row["attributes"], others, strict=False)
        )
    if row["condition"] != CLEAN:
        yield _label("condition", "condition", row["condition"])


def _how_sure(row: Row) -> Iterator[dict[str, Any]]:
    for column, name in _UNCERTAIN:
        if row[column] is not None:
            yield _label(name, UNCERTAINTY, row[column])


def _label(name: str, kind: str, value: str | float) -> dict[str, Any]:
    dtype = {str: "string", int: "int", float: "float"}[type(value)]
    return {"name": name, "type": kind, "dtype": dtype, "value": value}


def _extensions(row: Row) -> Mapping[str, Any]:
    """The same as keys, with the method and the reason."""
    interval = {"lower": row["lo"], "upper": row["hi"], "level": row["level"], "method": row["method"]}
    has_interval = row["lo"] is not None and row["hi"] is not None
    keys = ("n_samples", "n_subjects", "n_unscored", "chance", "threshold", "verdict", "reason")
    return {
        **({"confidence_interval": interval} if has_interval else {}),
        **{key: row[key] for key in keys if row[key] is not None},
    }
