"""The labels of each person, and the mean scores of a system beyond them.

Shapes: N samples, S subjects, C classes of the truth, L scores, F shares.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.metrics.tally import ratio, sum_by_row
from harness.tables.alignment import NO_LABEL, Aligned


@dataclass(frozen=True)
class PeopleScores:
    """All subjects of a study.

    Attributes:
        labels: ``[S, F]``, the share of each label among the subject's samples, and of those with scores.
        scores: ``[S, L + 1]``, the subject's mean of each score, less the mean score of samples with the same
            label; the last is that of the score of the label itself.
        names: ``[L + 1]``, how the scores are called.
        has_scores: ``[S]``, whether there are any.
    """

    labels: Floats
    scores: Floats
    names: tuple[str, ...]
    has_scores: npt.NDArray[np.bool_]


def people_scores(aligned: Aligned) -> PeopleScores:
    """Describe every subject. A system without scores is described by its answers.

    Args:
        aligned: samples with labels, and answers.
    """
    assert aligned.mapping is not None
    num_classes, num_subjects = len(aligned.mapping.classes), aligned.num_subjects
    names = (*aligned.mapping.classes, *aligned.mapping.outside)
    scores_NL = aligned.class_scores
    if scores_NL is None:
        scores_NL = np.eye(len(names))[aligned.answer]
    labelled_N = aligned.truth != NO_LABEL
    used_N = labelled_N & (aligned.answer != NO_LABEL) & np.isfinite(scores_NL).all(1)
    label_SC = np.stack(
        [sum_by_row(aligned.subject, aligned.truth == c, num_subjects) for c in range(num_classes)], axis=1
    )
    used_S = sum_by_row(aligned.subject, used_N, num_subjects)
    labels_SF = np.nan_to_num(ratio(np.column_stack([label_SC, used_S]), label_SC.sum(1)[:, None]))
    beyond = _beyond_label(scores_NL[used_N], aligned.truth[used_N], num_classes)
    subject_N = aligned.subject[used_N]
    sums_SL = np.stack([sum_by_row(subject_N, column_N, num_subjects) for column_N in beyond], axis=1)
    means_SL = np.nan_to_num(ratio(sums_SL, used_S[:, None]))
    return PeopleScores(labels_SF, means_SL, (*names, "the label itself"), used_S > 0)


def _beyond_label(scores_NL: Scores, truth_N: Ints, num_classes: int) -> Iterator[Floats]:
    """Each score less its mean over samples of one label, then once more that of the label itself: ``[N]``."""
    size_C = sum_by_row(truth_N, np.ones(len(truth_N)), num_classes)
    itself_N = np.empty(len(truth_N))
    for label, scores_N in enumerate(scores_NL.T):
        scores_N = scores_N.astype(np.float64)
        mean_C = np.nan_to_num(ratio(sum_by_row(truth_N, scores_N, num_classes), size_C))
        beyond_N = scores_N - mean_C[truth_N]
        np.copyto(itself_N, beyond_N, where=truth_N == label)
        yield beyond_N
    yield itself_N
