"""The curves table: one row per number that a report draws or counts and that is not in the results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from harness.tables.row_tables import table_of
from harness.tables.schemas import CURVES
from harness.tables.validation import require_values

CURVE_MEANINGS: Mapping[str, str] = {
    "confusion": "samples with the label `truth` that got the `answer`; null: no score. Zeros are left out",
    "label_shares": "of the scored samples, the share `x` with the label `answer`, null where no sample has it; "
    "and the share `y` that got it as the answer, null where the model cannot give it",
    "merged": "the label `truth` counts as the class `answer`, by the study's choice",
    "reliability": "samples with a confidence above `x_lo` and at most `x_hi`: its mean `x`, the share right `y`",
    "risk_coverage": "if the most confident share `x` of the scored samples is answered, the share `y` is wrong",
    "unscored": "samples with the outcome `truth` for the reason `answer`; null: for any other reason",
    "label_source": "samples whose label comes from `answer`",
    "modality": "samples of the modality `answer`",
    "attribute": "samples of which the attribute `answer` is known",
    "training": "training number `x` within the study, tested on so many subjects; it was trained on `y` of them",
    "weight": "over all trainings of a fusion, the system `answer` had the mean weight `y`, from `lo` to `hi`",
    "within_subjects": "the CCC of the dimension `answer` within each of these subjects, who have at least 10 "
    "scored samples, is `y` on average, with the interval from `lo` to `hi`",
    "within_clips": "the same within each of `x` clips of these subjects; a clip is what one subject has in one "
    "session. With those of fewer than 10 scored samples there are `x_hi` clips",
    "frames_without_answer": "of these films that have an answer, the mean share `y` of frames that have none, "
    "with the interval from `lo` to `hi`",
    "flips": "samples with the answer `truth` on clean media and the `answer` under the condition; null: no score",
    "degradation": "under a condition of the kind `truth` and the severity `x`, the metric `answer` is `y`",
}
"""The values of the column `curve`, and what a row means."""


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One number that is drawn or counted: a row of `CURVES`. Non-finite values become null, never zero."""

    dataset: str
    curve: str
    model: str | None = None
    condition: str | None = None
    axis: str = "overall"
    attributes: tuple[str, ...] = ()
    group: str = "all"
    group_values: tuple[str, ...] | None = None
    truth: str | None = None
    answer: str | None = None
    x: float | None = None
    x_lo: float | None = None
    x_hi: float | None = None
    y: float | None = None
    lo: float | None = None
    hi: float | None = None
    n_samples: int | None = None
    n_subjects: int | None = None


def curves_table(rows: Iterable[Curve]) -> pa.Table:
    """Build the curves table; non-finite values become null."""
    table = table_of(rows, CURVES)
    require_values(table, "curve", tuple(CURVE_MEANINGS), "curves")
    return table
