"""Rows of the results by what they are about, in the short form in which tests look them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from harness.tables.results import Result


def in_short(row: Mapping[str, Any] | Result) -> str:
    """``female``, ``female - male``, ``female / male``, or the name of an index. Unique among plain names only."""
    columns = row if isinstance(row, Mapping) else asdict(row)
    if columns["index"] is not None:
        return str(columns["index"])
    mark = " / " if columns["statistic"] == "ratio" else " - "
    return str(columns["group"]) + (mark + str(columns["versus"]) if columns["versus"] is not None else "")


def sides(text: str) -> dict[str, Any]:
    """The columns of a group, ``female``, or of a difference between two, ``female - male``, of one attribute."""
    group, less, versus = text.partition(" - ")
    found: dict[str, Any] = {"group": group, "group_values": (group,)}
    if less:
        found |= {"versus": versus, "versus_values": None if versus == "rest" else (versus,)}
    return found
