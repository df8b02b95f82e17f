"""Every metric of a set of tallies, with its counts and its interval over resampled subjects.

Shapes: S subjects, F flattened statistics of all tallies, M metrics of a tally, B resamples, b
resamples in one chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.metrics.tally import Evaluated, Metric, Tally
from harness.statistics.intervals import (
    FEW_SUBJECTS,
    Interval,
    Range,
    bootstrap_intervals,
    jackknife_interval,
    no_interval,
)
from harness.statistics.resampling import exact_sums, subject_weights
from harness.statistics.threads import one_thread


@dataclass(frozen=True)
class MetricEstimate:
    """A metric's value, its interval, and the numbers of samples and subjects behind it."""

    metric: str
    value: float
    interval: Interval
    num_samples: int
    num_subjects: int
    num_unscored: int

    @classmethod
    def absent(cls, metric: str) -> MetricEstimate:
        """The estimate for a group without samples."""
        return cls(metric, float("nan"), no_interval("no samples to measure it on"), 0, 0, 0)


def estimates(tallies: Sequence[Tally], *, resamples: int, level: float, seed: int) -> list[MetricEstimate]:
    """Evaluate all metrics on all subjects and on the same resamples of subjects.

    Args:
        tallies: at least one; all with the same S subjects in the same order.
        resamples: how often S subjects are drawn.
        level: confidence level of the two-sided intervals.
        seed: seed of the resampling.
    """
    with one_thread():
        resampled = _resampled(tallies, resamples, seed)
    return [
        estimate
        for tally, resampled_MB in zip(tallies, resampled, strict=True)
        for estimate in _estimates(tally, resampled_MB, level)
    ]


def _resampled(tallies: Sequence[Tally], resamples: int, seed: int) -> list[Floats]:
    """Per tally the values ``[M, B]`` of its metrics: one matrix product per chunk serves them all."""
    num_subjects = len(tallies[0].sums)
    flat = [exact_sums(tally.sums.reshape(num_subjects, -1)) for tally in tallies]
    values = [np.empty((len(tally.metrics), resamples)) for tally in tallies]
    done = 0
    for weights_bS in subject_weights(num_subjects, resamples, seed):
        chunk = slice(done, done + len(weights_bS))
        for tally, per_subject_SF, values_MB in zip(tallies, flat, values, strict=True):
            sums = (weights_bS @ per_subject_SF).reshape(-1, *tally.sums.shape[1:])
            evaluated = Evaluated(sums)
            for metric, values_B in zip(tally.metrics, values_MB, strict=True):
                values_B[chunk] = evaluated(metric.value)
        done = chunk.stop
    return values


def _estimates(tally: Tally, resampled_MB: Floats, level: float) -> list[MetricEstimate]:
    """The estimates of all metrics of a tally; each is based on the subjects with samples for it."""
    each, total = Evaluated(tally.sums), Evaluated(tally.sums.sum(0))
    rests_on_MS = np.array([each(metric.num_samples) > 0 for metric in tally.metrics])
    value_M = np.array([float(total(metric.value)) for metric in tally.metrics])
    num_subjects_M = rests_on_MS.sum(1)
    intervals = bootstrap_intervals(
        value_M,
        resampled_MB,
        num_subjects_M=num_subjects_M,
        level=level,
        within=[Range(metric.low, metric.high) for metric in tally.metrics],
    )
    for index in np.flatnonzero((num_subjects_M < FEW_SUBJECTS) | ~np.isfinite(value_M)).tolist():
        intervals[index] = _of_few(tally, tally.metrics[index], value_M[index], rests_on_MS[index], level)
    return [
        MetricEstimate(
            metric=metric.name,
            value=value,
            interval=interval,
            num_samples=int(total(metric.num_samples)),
            num_subjects=num_subjects,
            num_unscored=int(total(metric.num_unscored)),
        )
        for metric, value, interval, num_subjects in zip(
            tally.metrics, value_M.tolist(), intervals, num_subjects_M.tolist(), strict=True
        )
    ]


def _of_few(
    tally: Tally, metric: Metric, value: float, rests_on_S: npt.NDArray[np.bool_], level: float
) -> Interval:
    """The interval of a metric that is undefined, or that has too few subjects for the bootstrap."""
    num_subjects = int(rests_on_S.sum())
    if num_subjects == 0:
        return no_interval("no samples to measure it on")
    if not np.isfinite(value):
        return no_interval("undefined on these samples")
    if num_subjects == 1:
        return no_interval("1 subject: no interval")
    left_out_S = metric.value(tally.sums.sum(0) - tally.sums[rests_on_S])
    return jackknife_interval(value, left_out_S, level=level, within=Range(metric.low, metric.high))
