"""Every metric of a set of families, with its counts and its interval over resampled subjects.

Shape suffixes: S subjects, F flattened statistics of all families, B resamples, b resamples in one chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from harness.metrics.additive import Family, Floats, Metric
from harness.statistics.intervals import Interval, interval
from harness.statistics.resampling import exact_sums, subject_weights


@dataclass(frozen=True)
class Estimate:
    """A metric's value with what it rests on."""

    metric: str
    value: float
    interval: Interval
    num_samples: int
    num_subjects: int
    num_unscored: int


def estimates(families: Sequence[Family], *, resamples: int, level: float, seed: int) -> list[Estimate]:
    """Evaluate all metrics on all subjects and on the same resamples of subjects.

    Args:
        families: at least one; all with the same S subjects in the same order.
        resamples: how often S subjects are drawn.
        level: of the two-sided intervals.
        seed: of the resampling.
    """
    with threadpool_limits(1, user_api="blas"):
        resampled = _resampled(families, resamples, seed)
    return [
        _estimate(family, metric, resampled[metric.name], level)
        for family in families
        for metric in family.metrics
    ]


def _resampled(families: Sequence[Family], resamples: int, seed: int) -> dict[str, Floats]:
    """The values ``[B]`` of every metric: one matrix product per chunk serves them all."""
    num_subjects = len(families[0].per_subject)
    flat = [exact_sums(family.per_subject.reshape(num_subjects, -1)) for family in families]
    values = {metric.name: np.empty(resamples) for family in families for metric in family.metrics}
    done = 0
    for weights_bS in subject_weights(num_subjects, resamples, seed):
        chunk = slice(done, done + len(weights_bS))
        for family, per_subject_SF in zip(families, flat, strict=True):
            sums = (weights_bS @ per_subject_SF).reshape(-1, *family.per_subject.shape[1:])
            for metric in family.metrics:
                values[metric.name][chunk] = metric.value(sums)
        done = chunk.stop
    return values


def _estimate(family: Family, metric: Metric, resampled_B: Floats, level: float) -> Estimate:
    total = family.per_subject.sum(0)
    value = float(metric.value(total))
    num_subjects = int(np.count_nonzero(metric.num_samples(family.per_subject)))
    return Estimate(
        metric=metric.name,
        value=value,
        interval=interval(
            value, resampled_B, num_subjects=num_subjects, level=level, low=metric.low, high=metric.high
        ),
        num_samples=int(metric.num_samples(total)),
        num_subjects=num_subjects,
        num_unscored=int(metric.num_unscored(total)),
    )
