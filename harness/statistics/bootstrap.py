"""Every metric of a set of tallies, with its counts and its interval over resampled subjects.

Shapes: S subjects, F the axes of one subject's statistics, M metrics of a tally, B resamples, b of them at a time.
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
from harness.statistics.resampling import ResampledSums, num_resamples, subject_weights
from harness.statistics.threads import one_thread

BLOCK_CELLS = 131_072
"""Summed statistics evaluated at a time: one megabyte."""


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


def estimates(tallies: Sequence[Tally], *, resamples: int | None, level: float, seed: int) -> list[MetricEstimate]:
    """Evaluate all metrics on all subjects and on the same resamples of subjects.

    Args:
        tallies: at least one; all with the same S subjects in the same order.
        resamples: how often S subjects are drawn; None for as many as `num_resamples` says.
        level: confidence level of the two-sided intervals.
        seed: seed of the resampling.
    """
    metrics = [tally.metrics for tally in tallies]
    return Estimator(metrics, resamples=resamples, level=level, seed=seed)(tallies)


class Estimator:
    """Evaluates the same metrics on several sets of subjects, such as the groups of an axis.

    Args:
        metrics: of each tally.
        resamples: how often S subjects are drawn; None for as many as `num_resamples` says.
        level: confidence level of the two-sided intervals.
        seed: seed of the resampling.
    """

    def __init__(
        self, metrics: Sequence[tuple[Metric, ...]], *, resamples: int | None, level: float, seed: int
    ) -> None:
        self._resamples, self._level, self._seed = resamples, level, seed
        self._functions = [_Functions.of(of_tally) for of_tally in metrics]

    def __call__(self, tallies: Sequence[Tally]) -> list[MetricEstimate]:
        """The estimates of all metrics of all tallies, which have the same S subjects in the same order."""
        with one_thread():
            resampled = self._resampled([tally.sums for tally in tallies])
        return [
            estimate
            for tally, functions, resampled_MB in zip(tallies, self._functions, resampled, strict=True)
            for estimate in _estimates(tally, functions, resampled_MB, self._level)
        ]

    def _resampled(self, sums: Sequence[Floats]) -> list[Floats]:
        """Per tally the values ``[M, B]`` of its metrics, on the same resamples.

        Args:
            sums: of each tally ``[S, *F]``.
        """
        num_subjects = len(sums[0])
        resamples = self._resamples
        if resamples is None:
            resamples = num_resamples(num_subjects, sum(functions.num for functions in self._functions))
        resampled_sums = [ResampledSums(sums_SF) for sums_SF in sums]
        values = [np.empty((functions.num, resamples)) for functions in self._functions]
        start = 0
        for weights_bS in subject_weights(num_subjects, resamples, self._seed):
            chunk = slice(start, start + len(weights_bS))
            for of_tally, functions, values_MB in zip(resampled_sums, self._functions, values, strict=True):
                functions.evaluate(of_tally, weights_bS, values_MB[:, chunk])
            start = chunk.stop
        return values


@dataclass(frozen=True)
class _Functions:
    """What is computed of the sums of one tally."""

    metrics: tuple[Metric, ...]
    value: Functions
    num_samples: Functions
    num_unscored: Functions

    @classmethod
    def of(cls, metrics: tuple[Metric, ...]) -> _Functions:
        return cls(
            metrics,
            Functions(metric.value for metric in metrics),
            Functions(metric.num_samples for metric in metrics),
            Functions(metric.num_unscored for metric in metrics),
        )

    @property
    def num(self) -> int:
        return len(self.metrics)

    def evaluate(self, resampled_sums: ResampledSums, weights_bS: Floats, values_Mb: Floats) -> None:
        """Fill in the values of some resamples, in blocks that fit into the processor's cache."""
        block = max(1, BLOCK_CELLS // resampled_sums.num)
        for first in range(0, len(weights_bS), block):
            sums_bF = resampled_sums(weights_bS[first : first + block])
            self.value(sums_bF, sums_bF.ndim - 1, out=values_Mb[:, first : first + block])


def _estimates(tally: Tally, functions: _Functions, resampled_MB: Floats, level: float) -> list[MetricEstimate]:
    """The estimates of all metrics of a tally; each is based on the subjects with samples for it."""
    metrics, total_F, num_axes = functions.metrics, tally.sums.sum(0), tally.sums.ndim - 1
    rests_on_MS = functions.num_samples(tally.sums, num_axes) > 0
    value_M = functions.value(total_F, num_axes)
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
    columns = (
        [metric.name for metric in metrics],
        value_M.tolist(),
        intervals,
        functions.num_samples(total_F, num_axes).astype(np.int64).tolist(),
        num_subjects_M.tolist(),
        functions.num_unscored(total_F, num_axes).astype(np.int64).tolist(),
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
