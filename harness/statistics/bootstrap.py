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
from harness.metrics.tally import Functions, Metric, Tally
from harness.statistics.intervals import (
    FEW_SUBJECTS,
    Interval,
    Range,
    bootstrap_intervals,
    jackknife_interval,
    no_interval,
)
from harness.statistics.resampling import ResampledSums, subject_weights
from harness.statistics.threads import one_thread

BLOCK_CELLS = 65_536
"""Summed statistics evaluated at a time: half a megabyte."""


@dataclass(frozen=True)
class MetricEstimate:
    """A metric's value, its interval, its chance level, and the numbers of samples and subjects behind it."""

    metric: str
    value: float
    interval: Interval
    num_samples: int
    num_subjects: int
    num_unscored: int
    chance: float | None = None

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
    values = [np.empty((len(tally.metrics), resamples)) for tally in tallies]
    resampled = [_Resampled(tally, values_MB) for tally, values_MB in zip(tallies, values, strict=True)]
    start = 0
    for weights_bS in subject_weights(num_subjects, resamples, seed):
        for of_tally in resampled:
            of_tally.evaluate(weights_bS, start)
        start += len(weights_bS)
    return values


class _Resampled:
    """Evaluates the metrics of one tally on resamples.

    Args:
        tally: one row per subject.
        values_MB: filled with the values.
    """

    def __init__(self, tally: Tally, values_MB: Floats) -> None:
        self._shape = tally.sums.shape[1:]
        self._sums = ResampledSums(tally.sums.reshape(len(tally.sums), -1))
        self._block = max(1, BLOCK_CELLS // max(1, tally.sums[0].size))
        self._values = Functions(metric.value for metric in tally.metrics)
        self._values_MB = values_MB

    def evaluate(self, weights_bS: Floats, start: int) -> None:
        """Evaluate some of the resamples, of which ``start`` is the first.

        The blocks fit into the processor's cache, which halves the time with many classes.
        """
        for first in range(0, len(weights_bS), self._block):
            sums_bF = self._sums(weights_bS[first : first + self._block]).reshape(-1, *self._shape)
            block = slice(start + first, start + first + len(sums_bF))
            self._values_MB[:, block] = self._values(sums_bF, len(self._shape))


def _estimates(tally: Tally, resampled_MB: Floats, level: float) -> list[MetricEstimate]:
    """The estimates of all metrics of a tally; each is based on the subjects with samples for it."""
    metrics, total_F, num_axes = tally.metrics, tally.sums.sum(0), tally.sums.ndim - 1
    num_samples = Functions(metric.num_samples for metric in metrics)
    rests_on_MS = num_samples(tally.sums, num_axes) > 0
    value_M = Functions(metric.value for metric in metrics)(total_F, num_axes)
    num_subjects_M = rests_on_MS.sum(1)
    intervals = bootstrap_intervals(
        value_M,
        resampled_MB,
        num_subjects_M=num_subjects_M,
        level=level,
        within=[Range(metric.low, metric.high) for metric in metrics],
        kinds=[metric.facts.interval for metric in metrics],
    )
    for index in np.flatnonzero((num_subjects_M < FEW_SUBJECTS) | ~np.isfinite(value_M)).tolist():
        intervals[index] = _of_few(tally, metrics[index], value_M[index], rests_on_MS[index], level)
    for index, metric in enumerate(metrics):
        if metric.facts.no_interval is not None and intervals[index].bounds is not None:
            intervals[index] = no_interval(metric.facts.no_interval)
    num_unscored = Functions(metric.num_unscored for metric in metrics)
    columns = (
        [metric.name for metric in metrics],
        value_M.tolist(),
        intervals,
        num_samples(total_F, num_axes).astype(np.int64).tolist(),
        num_subjects_M.tolist(),
        num_unscored(total_F, num_axes).astype(np.int64).tolist(),
        [float(metric.chance(total_F)) if metric.chance else None for metric in metrics],
    )
    return [MetricEstimate(*row) for row in zip(*columns, strict=True)]


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
    within = Range(metric.low, metric.high)
    return jackknife_interval(value, left_out_S, level=level, within=within, kind=metric.facts.interval)
