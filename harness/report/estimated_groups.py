"""What is known of the errors of an estimated attribute, and gaps corrected for them, from rows of the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.report.same_mix import place_of, turned
from harness.tables.results import select

KIND = "misclassification"
FIGURES = {
    "weighted_kappa": "kappa (quadratic weights)",
    "kappa": "kappa",
    "same_group": "the same group",
    "within_one_step": "at most one step apart",
}


@dataclass(frozen=True)
class CorrectedGap:
    """A gap corrected for the errors of the estimate, with the sign of the gap that it stands beside.

    Attributes:
        value: the gap; None if it is not defined.
        lo: lower bound of its interval; None without one.
        hi: upper bound.
    """

    value: float | None
    lo: float | None
    hi: float | None


class CorrectedGaps:
    """The corrected gaps of one model under the clean condition.

    Args:
        results: the results table.
        model: its name.
    """

    def __init__(self, results: pa.Table, model: str) -> None:
        rows = select(results, kind=KIND, model=model, statistic="difference").to_pylist()
        self._rows = {place_of(row): row for row in rows}

    def beside(self, row: Mapping[str, Any], sign: int) -> CorrectedGap | None:
        """The corrected one, if there is one.

        Args:
            row: the gap as it is, in the results.
            sign: 1, or -1 if the gap is shown with the opposite sign.
        """
        found = self._rows.get(place_of(row))
        if found is None:
            return None
        lo, hi = turned(found["lo"], found["hi"], sign)
        return CorrectedGap(None if found["value"] is None else sign * found["value"], lo, hi)


@dataclass(frozen=True)
class EstimateErrors:
    """How an estimated attribute errs.

    Attributes:
        reference: the attribute that it is held against; None if other people say how it errs.
        num_subjects: the people of whom both are known.
        figures: what the agreement is, and its row.
        amplification: by how much the correction enlarges errors; None if it is not defined.
        why_not: why gaps are not corrected; None if they are.
    """

    reference: str | None
    num_subjects: int
    figures: list[tuple[str, dict[str, Any]]]
    amplification: float | None
    why_not: str | None


def estimate_errors(results: pa.Table, model: str) -> dict[str, EstimateErrors]:
    """By axis, for those of which something is known."""
    rows = select(results, kind=KIND, model=model).to_pylist()
    corrected = {row["axis"] for row in rows if row["statistic"] == "level"}
    return {
        row["axis"]: EstimateErrors(
            reference=None if row["other_axis"] is None else row["other_axis"].replace("_", " "),
            num_subjects=row["n_subjects"],
            figures=[
                (FIGURES[other["index"]], other)
                for other in rows
                if other["metric"] == "agreement" and other["axis"] == row["axis"]
            ],
            amplification=row["value"],
            why_not=None if row["axis"] in corrected else row["reason"],
        )
        for row in rows
        if row["metric"] == "error_amplification"
    }
