"""Quiet errors: the share of labelled samples that are answered neutral and are not.

Shapes: N samples, R rows (a subject, or a subject within one group).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.measurement.samples_in_rows import SamplesInRows
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.metric_family import MetricFamily
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

QUIET_ERRORS = MetricFacts(
    name="quiet_errors",
    title="Quiet errors",
    meaning="share of labelled samples that are answered neutral and are not",
    better="lower",
    needs=("labels",),
    compared=True,
    shown=Shown.TERMINAL,
)


def count(samples: SamplesInRows) -> Iterator[Tally]:
    """Sum, per row: the labelled samples, the quiet errors, and the samples without an answer."""
    mapping = samples.aligned.mapping
    assert mapping is not None
    is_neutral = np.array([*(name == "neutral" for name in (*mapping.classes, *mapping.outside)), False])
    answer_N = samples.aligned.answer[samples.labelled]
    quiet_N = is_neutral[answer_N] & (answer_N != samples.truth)
    columns = (np.ones(len(quiet_N)), quiet_N, answer_N < 0)
    sums_R3 = np.stack([sum_by_row(samples.labelled_row, each, samples.num_rows) for each in columns], axis=-1)
    metric = Metric(
        facts=QUIET_ERRORS,
        value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
        num_samples=lambda sums: sums[..., 0],
        num_unscored=lambda sums: sums[..., 2],
        gradient=FractionGradient([0, 1, 0], [1, 0, 0]),
    )
    yield Tally(sums_R3, (metric,))


FAMILY = MetricFamily((QUIET_ERRORS,), count)
