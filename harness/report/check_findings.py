"""Findings about the test itself, from rows of the results: what was found, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.tables.results import select
from harness.verdicts.judge import JUDGED

REMEDY_MARK = "Remedy:"


@dataclass(frozen=True)
class Finding:
    """The finding of one check.

    Attributes:
        name: of the check, such as ``label order``.
        about: what it was about; empty for the whole test.
        verdict: ``not_met`` if a fault was found.
        sentence: what was found.
        remedy: what to do about it; empty if nothing needs to be done.
        row: its row of the results, with the value and the threshold.
    """

    name: str
    about: str
    verdict: str
    sentence: str
    remedy: str
    row: dict[str, Any]

    @property
    def in_short(self) -> str:
        """The first sentence of what was found."""
        return re.split(r"(?<=[.!?])\s+(?=[A-Z])", self.sentence, maxsplit=1)[0]


def findings(results: pa.Table, model: str) -> list[Finding]:
    """The findings about the test of one model: faults first, checks that were not made last."""
    found = [_finding(row) for row in select(results, kind="check", model=model).to_pylist()]
    order = (*JUDGED, None)
    return sorted(found, key=lambda finding: order.index(finding.verdict if finding.verdict in JUDGED else None))


def _finding(row: dict[str, Any]) -> Finding:
    reason = row["reason"] or ""
    sentence, mark, remedy = reason.rpartition(REMEDY_MARK)  # the last one: names from the data come before it
    if not mark:
        sentence, remedy = reason, ""
    name = row["metric"].replace("_", " ")
    about = "" if row["group"] == "all" else row["group"]
    return Finding(name, about, row["verdict"], sentence.strip(), remedy.strip(), row)
