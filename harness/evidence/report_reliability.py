"""How often the system is right at each level of its confidence: the picture behind ECE."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from harness.alignment import NO_LABEL, align
from harness.metrics.calibration import Bin, calibration, reliability
from harness.metrics.probabilistic import are_probabilities
from harness.tables import CLEAN


def reliability_of(samples: pa.Table, predictions: pa.Table, *, model: str, merge: Mapping[str, str]) -> list[Bin]:
    """The bins of ECE over all samples with scores; empty where the scores are no probabilities."""
    aligned = align(samples, predictions, model=model, condition=CLEAN, merge=merge)
    scores_NU = aligned.class_scores
    if aligned.label_scores is None or scores_NU is None or not are_probabilities(aligned.label_scores):
        return []
    labelled_N = aligned.truth != NO_LABEL
    family = calibration(
        aligned.subject[labelled_N],
        aligned.truth[labelled_N],
        scores_NU[labelled_N],
        num_subjects=aligned.num_subjects,
    )
    return reliability(family.sums.sum(axis=0))
