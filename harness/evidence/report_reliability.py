"""How often the system is right at each level of its confidence: the picture behind ECE."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from harness.alignment import align
from harness.measurement.pooled import class_scores, family_options, labelled_samples
from harness.metrics.calibration import Bin, calibration, reliability
from harness.tables import CLEAN


def reliability_of(samples: pa.Table, predictions: pa.Table, *, model: str, merge: Mapping[str, str]) -> list[Bin]:
    """The bins of ECE over all samples with scores; empty where the scores are no probabilities."""
    aligned = align(samples, predictions, model=model, condition=CLEAN, merge=merge)
    options = family_options(aligned)
    if not options.probabilities:
        return []
    labelled = labelled_samples(aligned)
    scores_NU = class_scores(aligned, labelled)
    family = calibration(
        aligned.subject[labelled],
        scores_NU.max(1).astype(np.float64),
        scores_NU.argmax(1) == aligned.truth[labelled],
        num_subjects=aligned.num_subjects,
        edges=options.confidence_edges,
    )
    return reliability(family.sums.sum(axis=0), options.confidence_edges)
