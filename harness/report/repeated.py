"""What repeats say, for the report and the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.tables.results import select

TITLES: Mapping[str, tuple[str, str]] = {
    "expected_accuracy": ("Expected accuracy", "of one answer, whichever time it is asked for"),
    "consensus_accuracy": ("Consensus accuracy", "of the answer that was given most often"),
    "within_sample_variance": ("Variance within a sample", "of its answers from one time to the next"),
    "consistency": ("Consistency", "share of pairs of answers to the same sample that agree"),
    "distinct_scores": ("Distinct scores", "different lists of scores among all answers"),
    "variance_share:repeats": ("Uncertainty from repeats", "share of the variance of the expected accuracy"),
    "variance_share:subjects": ("Uncertainty from subjects", "share of the variance of the expected accuracy"),
}


@dataclass(frozen=True)
class RepeatRow:
    """One number, its name and meaning, and its row of the results."""

    name: str
    meaning: str
    row: dict[str, Any]


def repeat_rows(results: pa.Table, system: str) -> list[RepeatRow]:
    """The rows of the kind ``repeats``, in the order of the results; empty if the system was asked once."""
    rows = select(results, kind="repeats", model=system).to_pylist()
    return [RepeatRow(*_title(row["metric"]), row) for row in rows]


def _title(metric: str) -> tuple[str, str]:
    if metric in TITLES:
        return TITLES[metric]
    base, _, part = metric.partition(":")
    return f"{TITLES[base][0]}, {part}", TITLES[base][1]
