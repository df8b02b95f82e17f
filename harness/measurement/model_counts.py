"""What is left of the samples once they are counted: all that follows costs subjects × cells, not rows.

Shapes: N samples, C classes of the truth, A answers: the classes, what only the model knows, and no score.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.cards.taxonomy import LabelMapping
from harness.measurement.cells import Cells, cells_of
from harness.measurement.count_metrics import tallies
from harness.measurement.counting_options import CountingOptions, counting_options
from harness.metrics.probabilistic import are_probabilities
from harness.metrics.tally import Tally
from harness.tables.alignment import NO_LABEL, Aligned

IMPROBABLE = "the scores are not probabilities"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """One model under one condition.

    Attributes:
        tallies: of metrics, one row per cell.
        options: that they were counted with.
        cells: who is counted where.
        mapping: how labels meet; None where there are none to compare.
        confusion: samples by label and answer ``[C, A]``, see `count_confusion`; None without a mapping.
        unmeasured: why metrics of probabilities are missing though there are scores; None where they are not.
        num_samples: N.
        num_unscored: of them.
    """

    tallies: Sequence[Tally]
    options: CountingOptions
    cells: Cells
    mapping: LabelMapping | None
    confusion: Ints | None
    unmeasured: str | None
    num_samples: int
    num_unscored: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the truth; none where there are no labels."""
        return self.mapping.classes if self.mapping else ()


def counted(aligned: Aligned, axes: Sequence[Groups], *, outside: Sequence[str] | None = None) -> Counted:
    """Count samples that are all in memory.

    Args:
        aligned: the samples and the answers of one model under one condition.
        axes: the groups of every axis.
        outside: see `tallies`.
    """
    cells = cells_of(aligned.subject, axes)
    options = counting_options(aligned)
    improbable = aligned.label_scores is not None and not are_probabilities(aligned.label_scores)
    return Counted(
        tallies=tallies(aligned, cells.row, len(cells.subject), options=options, outside=outside),
        options=options,
        cells=cells,
        mapping=aligned.mapping,
        confusion=count_confusion(aligned),
        unmeasured=IMPROBABLE if improbable else None,
        num_samples=len(aligned.scored),
        num_unscored=int((~aligned.scored).sum()),
    )


def count_confusion(aligned: Aligned) -> Ints | None:
    """Samples by label and answer ``[C, A]``; None where there are no labels. Those of parts of a run add up."""
    mapping = aligned.mapping
    if mapping is None:
        return None
    num_classes, num_answers = len(mapping.classes), len(mapping.classes) + len(mapping.outside) + 1
    labelled_N = aligned.truth != NO_LABEL
    answer_N = np.where(aligned.answer == NO_LABEL, num_answers - 1, aligned.answer)
    cell_N = (aligned.truth * num_answers + answer_N)[labelled_N]
    counts_CA: Ints = np.bincount(cell_N, minlength=num_classes * num_answers).astype(np.int64)
    return counts_CA.reshape(num_classes, num_answers)
