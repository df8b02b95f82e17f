"""CCC within each person and within each clip, of what was rated over time.

Over all samples (pooled), a system gains by telling calm clips from lively ones; within a clip, only by following
what happens. Of a person with several clips, it still gains by telling these apart.

Shapes: S subjects, s of them with enough samples; K clips, k of them with enough samples.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.arrays import Floats, Ints
from harness.measurement.cells import by_subject
from harness.measurement.model_counts import ModelCounts
from harness.measurement.result_rows import RowFactory
from harness.metrics.dimensional import CCC, ccc
from harness.statistics.intervals import Range
from harness.statistics.subject_means import mean_over_subjects
from harness.tables.curves import Curve

MIN_SAMPLES = 10
"""Of a person or a clip: the CCC of fewer says little of how a course is followed."""


def within_subjects(factory: RowFactory, of_model: ModelCounts) -> Iterator[Curve]:
    """One row per dimension, where at least two people have a CCC.

    Args:
        factory: makes the rows.
        of_model: the tallies of a model.
    """
    of_dimensions = [tally for tally in of_model.tallies if tally.metrics[0].facts is CCC]
    for tally in by_subject(of_dimensions, of_model.cells):
        subject_S = np.arange(len(tally.sums))
        yield from _rows(factory, "within_subjects", tally.metrics[0].part, tally.sums, subject_S)


def within_clips(factory: RowFactory, of_model: ModelCounts) -> Iterator[Curve]:
    """The same within each clip: the mean over clips, with its interval over subjects.

    ``x`` is the number of clips, ``x_hi`` of those too that have too few samples.
    """
    clips = of_model.clips
    for dimension, sums_K7 in clips.by_dimension().items():
        rated_K = sums_K7[:, [0, -1]].sum(axis=1) > 0
        rated = sums_K7[rated_K], clips.subject[rated_K]
        yield from _rows(factory, "within_clips", dimension, *rated, counted=True)


def _rows(
    factory: RowFactory,
    curve: str,
    dimension: str | None,
    sums_K7: Floats,
    subject_K: Ints,
    *,
    counted: bool = False,
) -> Iterator[Curve]:
    """The mean of the CCC of each row of moments; ``counted``: with the numbers of rows."""
    ccc_K = np.where(sums_K7[:, 0] >= MIN_SAMPLES, ccc(sums_K7), np.nan)
    known_K = ~np.isnan(ccc_K)
    num_subjects = len(np.unique(subject_K[known_K]))
    if num_subjects < 2:
        return
    within = Range(-1.0, 1.0)
    mean, interval = mean_over_subjects(ccc_K[known_K], subject_K[known_K], factory.settings.level, within)
    yield factory.curve(
        curve=curve,
        answer=dimension,
        x=float(known_K.sum()) if counted else None,
        x_hi=float(len(known_K)) if counted else None,
        y=mean,
        lo=interval.lo,
        hi=interval.hi,
        n_samples=int(sums_K7[known_K, 0].sum()),
        n_subjects=num_subjects,
    )
