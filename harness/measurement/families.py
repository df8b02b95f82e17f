"""Which families of metrics the tables of one model allow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from harness.alignment import NO_LABEL, Aligned
from harness.metrics.additive import Family, Ints
from harness.metrics.calibration import calibration
from harness.metrics.categorical import OTHER, UNSCORED, categorical, coverage
from harness.metrics.dimensional import dimensional
from harness.metrics.probabilistic import are_probabilities, probabilistic
from harness.metrics.ranking import ranking


@dataclass(frozen=True)
class FamilyOptions:
    """How samples are counted."""


def families(
    aligned: Aligned, row_N: Ints, num_rows: int, *, options: FamilyOptions | None = None
) -> list[Family]:
    """Every family that the tables allow, counted into rows.

    Args:
        aligned: the samples and the answers of one model under one condition.
        row_N: the row of each sample, 0 … ``num_rows`` - 1: its subject, or its subject within one combination
            of groups.
        num_rows: the number of rows; some may be empty.
        options: what is fixed before counting; by default taken from ``aligned``.
    """
    counted = replace(aligned, subject=row_N, num_subjects=num_rows)
    return [*group_families(counted, whole=True), *score_families(counted)]


def group_families(aligned: Aligned, *, whole: bool) -> list[Family]:
    """Statistics that every group gets; per class and per dimension in full only for the whole."""
    families = []
    if aligned.mapping is not None:
        labelled = aligned.truth != NO_LABEL
        num_classes = len(aligned.mapping.classes)
        answer_N = np.where(aligned.answer >= num_classes, OTHER, aligned.answer)
        families.append(
            categorical(
                aligned.subject[labelled],
                aligned.truth[labelled],
                np.where(answer_N == NO_LABEL, UNSCORED, answer_N)[labelled],
                num_subjects=aligned.num_subjects,
                classes=aligned.mapping.classes,
                per_class=whole,
            )
        )
    families.append(coverage(aligned.subject, aligned.scored, num_subjects=aligned.num_subjects))
    for name, (truth_N, predicted_N) in aligned.dimensions.items():
        known = ~np.isnan(truth_N)
        families.append(
            dimensional(
                name,
                aligned.subject[known],
                truth_N[known],
                predicted_N[known],
                num_subjects=aligned.num_subjects,
                only_ccc=not whole,
            )
        )
    return families


def score_families(aligned: Aligned) -> list[Family]:
    """Log-loss, Brier and ECE where the scores are probabilities; AUC where there are two classes."""
    if aligned.mapping is None or aligned.class_scores is None or aligned.label_scores is None:
        return []
    labelled = aligned.truth != NO_LABEL
    subject_N, truth_N = aligned.subject[labelled], aligned.truth[labelled]
    scores_NU = aligned.class_scores[labelled]
    families = []
    if are_probabilities(aligned.label_scores):
        families.append(probabilistic(subject_N, truth_N, scores_NU, num_subjects=aligned.num_subjects))
        families.append(calibration(subject_N, truth_N, scores_NU, num_subjects=aligned.num_subjects))
    if len(aligned.mapping.classes) == 2:
        margin_N = scores_NU[:, 1] - scores_NU[:, 0]
        families.append(ranking(subject_N, truth_N == 1, margin_N, num_subjects=aligned.num_subjects))
    return families
