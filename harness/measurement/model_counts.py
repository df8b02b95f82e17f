"""What is left of the samples once they are counted: all that follows costs subjects × cells, not rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, cells_of
from harness.measurement.count_metrics import tallies
from harness.metrics.probabilistic import are_probabilities
from harness.metrics.tally import Tally
from harness.tables.alignment import Aligned

IMPROBABLE = "the scores are not probabilities"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One model under one condition.

    Attributes:
        tallies: of metrics, one row per cell.
        cells: who is counted where.
        classes: of the truth; none where there are no labels.
        unmeasured: why metrics of probabilities are missing though there are scores; None where they are not.
        num_samples: N.
        num_unscored: of them.
    """

    tallies: Sequence[Tally]
    cells: Cells
    classes: tuple[str, ...]
    unmeasured: str | None
    num_samples: int
    num_unscored: int


def counted(aligned: Aligned, axes: Sequence[Groups], *, outside: Sequence[str] | None = None) -> Counted:
    """Count samples that are all in memory.

    Args:
        aligned: the samples and the answers of one model under one condition.
        axes: the groups of every axis.
        outside: see `tallies`.
    """
    cells = cells_of(aligned.subject, axes)
    improbable = aligned.label_scores is not None and not are_probabilities(aligned.label_scores)
    return Counted(
        tallies=tallies(aligned, cells.row, len(cells.subject), outside=outside),
        cells=cells,
        classes=aligned.mapping.classes if aligned.mapping else (),
        unmeasured=IMPROBABLE if improbable else None,
        num_samples=len(aligned.scored),
        num_unscored=int((~aligned.scored).sum()),
    )
