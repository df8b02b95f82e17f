"""CCC within each person, where one person is one clip that was rated over time.

Over all samples (pooled), a system gains by telling calm clips from lively ones; within a clip, only by following
what happens.

Shapes: S subjects, s of them with enough samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.measurement.cells import by_subject
from harness.measurement.model_counts import ModelCounts
from harness.measurement.result_rows import RowFactory
from harness.metrics.dimensional import CCC, ccc
from harness.statistics.intervals import Range
from harness.statistics.subject_means import mean_over_subjects
from harness.tables.curves import Curve

MIN_SAMPLES = 10
"""Of a person: the CCC of fewer says little of how a course is followed."""


def within_subjects(factory: RowFactory, of_model: ModelCounts) -> Iterator[Curve]:
    """One row per dimension, where at least two people have a CCC.

    Args:
        factory: makes the rows.
        of_model: the tallies of a model.
    """
    of_dimensions = [tally for tally in of_model.tallies if tally.metrics[0].facts is CCC]
    for tally in by_subject(of_dimensions, of_model.cells):
        ccc_S = np.where(tally.sums[:, 0] >= MIN_SAMPLES, ccc(tally.sums), np.nan)
        known_S = ~np.isnan(ccc_S)
        if known_S.sum() < 2:
            continue
        ccc_s = ccc_S[known_S]
        mean, interval = mean_over_subjects(ccc_s, np.arange(len(ccc_s)), factory.settings.level, Range(-1.0, 1.0))
        yield factory.curve(
            curve="within_subjects",
            answer=tally.metrics[0].part,
            y=mean,
            lo=interval.lo,
            hi=interval.hi,
            n_samples=int(tally.sums[known_S, 0].sum()),
            n_subjects=len(ccc_s),
        )
