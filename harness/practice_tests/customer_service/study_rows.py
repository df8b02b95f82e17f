"""Rows of a study in the results of a practice test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from harness.metrics.categorical import UAR
from harness.metrics.invariance import NEGATIVE_SHIFT, UNCHANGED
from harness.tables.results import Result
from harness.tables.schemas import CLEAN, RATERS
from harness.wording import joined

OF_CONDITIONS = (UAR.name, UNCHANGED.name, NEGATIVE_SHIFT.name)


@dataclass(frozen=True)
class StudyRow:
    """A row of a study.

    Attributes:
        row: without its judgement, which stays with the study; the note says what it was.
        verdict: of the study; None where it gave none.
    """

    row: Result
    verdict: str | None


def study_rows(rows: Sequence[Mapping[str, Any]], model: str) -> Iterator[StudyRow]:
    """What a study measured of a system, overall under every condition and in every group on whole calls.

    Args:
        rows: of its results.
        model: the system.
    """
    for row in rows:
        if row["kind"] == "metric" and (
            _of_condition(row, model) or _of_group(row, model) or _of_people(row, model)
        ):
            yield StudyRow(_copied(row), row["verdict"])


def _of_condition(row: Mapping[str, Any], model: str) -> bool:
    return (
        row["model"] == model
        and row["axis"] == "overall"
        and row["statistic"] in ("level", "difference")
        and row["metric"] in OF_CONDITIONS
        and row["versus_model"] is None
    )


def _of_group(row: Mapping[str, Any], model: str) -> bool:
    return (
        row["model"] == model
        and row["axis"] != "overall"
        and row["metric"] == UAR.name
        and row["condition"] == CLEAN
        and row["versus_model"] is None
        and row["statistic"] in ("level", "difference")
    )


def _of_people(row: Mapping[str, Any], model: str) -> bool:
    is_level = row["model"] == RATERS and row["statistic"] == "level" and row["versus_model"] is None
    is_difference = row["model"] == model and row["versus_model"] == RATERS and row["statistic"] == "difference"
    return (
        row["metric"] == UAR.name
        and row["axis"] == "overall"
        and row["condition"] == CLEAN
        and (is_level or is_difference)
    )


def _copied(row: Mapping[str, Any]) -> Result:
    names = {field.name for field in fields(Result)} & set(row)
    values = {name: row[name] for name in names} | {"kind": "practice"}
    values |= {
        name: tuple(values[name]) for name in ("attributes", "group_values", "versus_values") if values[name]
    }
    values["attributes"] = tuple(values["attributes"] or ())
    said = f"verdict of the study: {row['verdict']}" if row["verdict"] else None
    return Result(**values, note=joined((said, row["reason"])))
