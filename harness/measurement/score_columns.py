"""The numbers that bin edges and thresholds are computed from: a few for every labelled sample that has scores.

They are added piece by piece before anything is counted; how the samples are split does not change the edges and
thresholds. They take 12 bytes per sample, 20 if there are two classes; `Spilled` says where they are kept.

Shapes: N samples of a piece, L labels of the model, U classes: those of the labels, then those that only the model
has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.measurement.streaming.spilled import Spilled
from harness.metrics.calibration import NUM_CALIBRATION_BINS
from harness.metrics.conformal import thresholds_of
from harness.metrics.probabilistic import RowKind, are_probabilities, as_probabilities, of_class, row_kinds
from harness.metrics.quantiles import equal_mass_edges_of
from harness.metrics.ranking import num_bins
from harness.metrics.selective import NUM_RISK_BINS as NUM_RISK_BINS
from harness.tables.alignment import NO_LABEL
from harness.tables.freed_memory import give_back


class ScoreColumns:
    """The scores of one model under one condition.

    Args:
        num_subjects: of the run.
        num_classes: of the truth.
    """

    def __init__(self, num_subjects: int, num_classes: int) -> None:
        self._num_subjects, self._ranked = num_subjects, num_classes == 2
        self._subject, self._right, self._confidence, self._margin = (Spilled() for _ in range(4))
        self._any, self._num_present, self._num_other = False, 0, 0

    def add(
        self, subject_N: Ints, truth_N: Ints, label_scores_NL: Scores | None, scores_NU: Scores | None
    ) -> None:
        """Add some samples.

        Args:
            subject_N: 0 … S - 1.
            truth_N: index into the classes, or `NO_LABEL`.
            label_scores_NL: as the model gave them; rows of NaN for samples without scores; None if none has any.
            scores_NU: the same, summed per class.
        """
        if label_scores_NL is None or scores_NU is None:
            return
        self._any = True
        kind_N = row_kinds(label_scores_NL)
        self._num_present += int((kind_N != RowKind.ABSENT).sum())
        self._num_other += int((kind_N == RowKind.OTHER).sum())
        if self._ranked:
            self._margin.add(margin(scores_NU[_usable(truth_N, scores_NU)]))
        scores_NU = as_probabilities(label_scores_NL, scores_NU, kind_N)
        usable = _usable(truth_N, scores_NU)
        self._subject.add(subject_N[usable].astype(np.int32))
        # Of a sample without a label any class will do, as it is not usable.
        self._right.add(of_class(scores_NU, np.maximum(truth_N, 0))[usable])
        self._confidence.add(scores_NU.max(1)[usable])

    def extend(self, others: ScoreColumns) -> None:
        """Add other samples of the same model under the same condition."""
        self._any |= others._any
        self._num_present += others._num_present
        self._num_other += others._num_other
        for mine, theirs in zip(self._columns(), others._columns(), strict=True):
            mine.extend(theirs)

    def options(self) -> dict[str, Any]:
        """The `CountingOptions` that depend on scores, once all samples are added."""
        give_back()  # what reading the scores has used: sorting needs other memory
        found: dict[str, Any] = {"scores": self._any}
        if self._any and are_probabilities(self._num_other, self._num_present):
            confidence, risk = equal_mass_edges_of(self._confidence.pieces, (NUM_CALIBRATION_BINS, NUM_RISK_BINS))
            found |= {
                "probabilities": True,
                "confidence_edges": _padded(confidence, NUM_CALIBRATION_BINS),
                "risk_edges": _padded(risk, NUM_RISK_BINS),
                "least_probability": thresholds_of(self._answers, num_subjects=self._num_subjects),
            }
        if self._any and self._ranked:
            bins = num_bins(self._num_subjects)
            (edges,) = equal_mass_edges_of(self._margin.pieces, (bins,))
            found |= {"ranked": True, "score_edges": _padded(edges, bins)}
        return found

    def _columns(self) -> tuple[Spilled, ...]:
        return self._subject, self._right, self._confidence, self._margin

    def _answers(self) -> Iterator[tuple[Ints, Scores]]:
        for subject_N, right_N in zip(self._subject.pieces(), self._right.pieces(), strict=True):
            yield subject_N.astype(np.int64), right_N


def margin(scores_N2: Scores) -> Floats:
    """The score of the second of two classes minus that of the first ``[N]``."""
    return scores_N2[:, 1].astype(np.float64) - scores_N2[:, 0]


def _usable(truth_N: Ints, scores_NU: Scores) -> slice | npt.NDArray[np.bool_]:
    """The samples with a label and scores; all of them without a copy, if none is left out."""
    usable_N = (truth_N != NO_LABEL) & ~np.isnan(scores_NU[:, 0])
    return slice(None) if usable_N.all() else usable_N


def _padded(edges: Floats, num_bins: int) -> Floats:
    """Pad the edges to a fixed number with infinity, so that the statistics of all models have the same shape."""
    return np.append(edges, np.full(num_bins - 1 - len(edges), np.inf))
