"""Every metric of a set of tallies, with its counts and its interval over subjects.

Shapes: S subjects, F the axes of one subject's statistics, M metrics of a tally, B resamples, b of them at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.metrics.metric_facts import IntervalKind
from harness.metrics.tally import Functions, Metric, Tally
from harness.statistics.intervals import Interval, Range, no_interval
from harness.statistics.jackknife import jackknife_intervals
from harness.statistics.mirrored import FEW_SUBJECTS, MIRRORED, jackknife_of_squares, mirrored_intervals
from harness.statistics.resampling import (
    FEWEST_RESAMPLES,
    MOST_RESAMPLES,
    ResampledSums,
    affordable_draws,
    subject_weights,
)
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
    """Evaluate all metrics on all subjects, with their intervals.

    Args:
        tallies: at least one; all with the same S subjects in the same order.
        resamples: see `Estimator`.
        level: confidence level of the two-sided intervals.
        seed: seed of the resampling.
    """
    metrics = [tally.metrics for tally in tallies]
    return Estimator(metrics, resamples=resamples, level=level, seed=seed)(tallies)


class Estimator:
    """Evaluates the same metrics on several sets of subjects, such as the groups of an axis.

    Args:
        metrics: of each tally.
        resamples: for metrics whose intervals are made of resamples, how often S subjects are drawn; None for as
            many as are cheap, up to `MOST_RESAMPLES`.
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
            return [
                estimate
                for tally, functions in zip(tallies, self._functions, strict=True)
                for estimate in functions.estimates(tally.sums, self._intervals(tally.sums, functions))
            ]

    def _intervals(self, sums_SF: Floats, functions: _Functions) -> list[Interval]:
        """The interval of each metric of a tally, over the subjects with samples for it."""
        value_M, left_out_MS = functions.of_total(sums_SF), functions.without_each(sums_SF)
        size_MS, within = functions.sizes(sums_SF), functions.within
        total_F, kinds = sums_SF.sum(0), functions.kinds
        intervals = jackknife_intervals(
            value_M, left_out_MS, size_MS, level=self._level, within=within, kinds=kinds
        )
        mirrored = []
        for index, metric in enumerate(functions.metrics):
            behind_S = size_MS[index] > 0
            is_few = np.count_nonzero(behind_S) < FEW_SUBJECTS
            if intervals[index].bounds is None:
                continue
            if metric.facts.no_interval is not None:
                intervals[index] = no_interval(metric.facts.no_interval)
            elif few := _too_few_samples(metric, total_F):
                intervals[index] = no_interval(few)
            elif kinds[index] == "mirrored_squares" and is_few:
                intervals[index] = jackknife_of_squares(
                    float(value_M[index]), left_out_MS[index, behind_S], level=self._level, within=within[index]
                )
            elif kinds[index] in MIRRORED and not is_few:
                mirrored.append(index)
        if mirrored:
            for index, interval in zip(mirrored, self._mirrored(sums_SF, functions.some(mirrored)), strict=True):
                intervals[index] = interval
        return intervals

    def _mirrored(self, sums_SF: Floats, functions: _Functions) -> list[Interval]:
        """The intervals that are made of resamples."""
        num_subjects = len(sums_SF)
        resamples = self._resamples
        if resamples is None:
            resamples = affordable_draws(MOST_RESAMPLES, num_subjects * functions.num, least=FEWEST_RESAMPLES)
        return mirrored_intervals(
            functions.of_total(sums_SF),
            functions.resampled(sums_SF, resamples, self._seed),
            num_subjects_M=np.count_nonzero(functions.sizes(sums_SF), axis=1),
            level=self._level,
            within=functions.within,
            kinds=functions.kinds,
        )


@dataclass(frozen=True)
class _Functions:
    """What is computed of the sums ``[S, *F]`` of one tally."""

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

    def some(self, chosen: Sequence[int]) -> _Functions:
        """Those of some of the metrics."""
        return _Functions.of(tuple(self.metrics[index] for index in chosen))

    @property
    def num(self) -> int:
        return len(self.metrics)

    @property
    def within(self) -> list[Range]:
        return [Range(metric.low, metric.high) for metric in self.metrics]

    @property
    def kinds(self) -> list[IntervalKind]:
        return [metric.facts.interval for metric in self.metrics]

    def sizes(self, sums_SF: Floats) -> Floats:
        """The samples that each subject has for each metric, ``[M, S]``."""
        return self.num_samples(sums_SF, sums_SF.ndim - 1)

    def of_total(self, sums_SF: Floats) -> Floats:
        """The values ``[M]`` on all subjects."""
        return self.value(sums_SF.sum(0), sums_SF.ndim - 1)

    def without_each(self, sums_SF: Floats) -> Floats:
        """The values ``[M, S]`` without each subject in turn."""
        total_F, num_subjects = sums_SF.sum(0), len(sums_SF)
        values_MS = np.empty((self.num, num_subjects))
        for block in _blocks(num_subjects, total_F.size):
            self.value(total_F - sums_SF[block], total_F.ndim, out=values_MS[:, block])
        return values_MS

    def resampled(self, sums_SF: Floats, resamples: int, seed: int) -> Floats:
        """The values ``[M, B]`` on resamples of the subjects."""
        of_weights, num_axes = ResampledSums(sums_SF), sums_SF.ndim - 1
        values_MB, start = np.empty((self.num, resamples)), 0
        for weights_bS in subject_weights(len(sums_SF), resamples, seed):
            values_Mb = values_MB[:, start : start + len(weights_bS)]
            for block in _blocks(len(weights_bS), of_weights.num):
                self.value(of_weights(weights_bS[block]), num_axes, out=values_Mb[:, block])
            start += len(weights_bS)
        return values_MB

    def estimates(self, sums_SF: Floats, intervals: Sequence[Interval]) -> list[MetricEstimate]:
        """The estimates of all metrics."""
        total_F = sums_SF.sum(0)
        columns = (
            [metric.name for metric in self.metrics],
            self.of_total(sums_SF).tolist(),
            intervals,
            self.num_samples(total_F, total_F.ndim).astype(np.int64).tolist(),
            np.count_nonzero(self.sizes(sums_SF), axis=1).tolist(),
            self.num_unscored(total_F, total_F.ndim).astype(np.int64).tolist(),
            [float(metric.chance(total_F)) if metric.chance else None for metric in self.metrics],
        )
        return [MetricEstimate(*row) for row in zip(*columns, strict=True)]


def _too_few_samples(metric: Metric, total_F: Floats) -> str | None:
    """Why a metric has no interval with so few samples; None where they are enough."""
    least = metric.facts.interval_samples
    num = int((metric.num_in_least or metric.num_samples)(total_F)) if least else 0
    if num >= least:
        return None
    where = " of the smallest class" if metric.num_in_least else ""
    return f"only {num} of the {least} samples{where} that an interval needs"


def _blocks(num_rows: int, num_statistics: int) -> Iterator[slice]:
    """Rows whose sums fit into the processor's cache together."""
    size = max(1, BLOCK_CELLS // num_statistics)
    return (slice(start, start + size) for start in range(0, num_rows, size))
