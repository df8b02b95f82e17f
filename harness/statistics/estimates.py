"""Every metric of a set of tallies, with its counts and its interval over subjects.

Shapes: S subjects, F the axes of one subject's statistics, M metrics of a tally, B resamples, b of them at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import IntervalKind
from harness.metrics.tally import Functions, Metric, Tally, row_blocks
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
            evaluated = [
                functions.of_all(tally.sums) for tally, functions in zip(tallies, self._functions, strict=True)
            ]
            return [estimate for each in evaluated for estimate in each.estimates(self._intervals(each))]

    def _intervals(self, on_all: _OnAll) -> list[Interval]:
        """The interval of each metric of a tally, over the subjects with samples for it."""
        functions = on_all.functions
        left_out_MS, within, kinds = functions.without_each(on_all.sums), functions.within, functions.kinds
        intervals = jackknife_intervals(
            on_all.value, left_out_MS, on_all.size, level=self._level, within=within, kinds=kinds
        )
        mirrored = []
        for index, metric in enumerate(functions.metrics):
            is_few = on_all.num_subjects[index] < FEW_SUBJECTS
            if intervals[index].bounds is None:
                continue
            if metric.facts.no_interval is not None:
                intervals[index] = no_interval(metric.facts.no_interval)
            elif few := on_all.too_few_samples(index):
                intervals[index] = no_interval(few)
            elif kinds[index] == "mirrored_squares" and is_few:
                intervals[index] = jackknife_of_squares(
                    float(on_all.value[index]),
                    left_out_MS[index, on_all.size[index] > 0],
                    level=self._level,
                    within=within[index],
                )
            elif kinds[index] in MIRRORED and not is_few:
                mirrored.append(index)
        if mirrored:
            for index, interval in zip(mirrored, self._mirrored(on_all, mirrored), strict=True):
                intervals[index] = interval
        return intervals

    def _mirrored(self, on_all: _OnAll, chosen: Sequence[int]) -> list[Interval]:
        """The intervals of some metrics that are made of resamples."""
        functions, num_subjects = on_all.functions.some(chosen), len(on_all.sums)
        resamples = self._resamples
        if resamples is None:
            resamples = affordable_draws(MOST_RESAMPLES, num_subjects * functions.num, least=FEWEST_RESAMPLES)
        return mirrored_intervals(
            on_all.value[chosen],
            functions.resampled(on_all.sums, resamples, self._seed),
            num_subjects_M=on_all.num_subjects[chosen],
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

    @cached_property
    def within(self) -> list[Range]:
        return [Range(metric.low, metric.high) for metric in self.metrics]

    @cached_property
    def kinds(self) -> list[IntervalKind]:
        return [metric.facts.interval for metric in self.metrics]

    def of_all(self, sums_SF: Floats) -> _OnAll:
        """What is known of the metrics on all subjects."""
        total_F, num_axes = sums_SF.sum(0), sums_SF.ndim - 1
        size_MS = self.num_samples.of_rows(sums_SF)
        return _OnAll(
            self,
            sums_SF,
            total_F,
            self.value(total_F, num_axes),
            size_MS,
            np.count_nonzero(size_MS, axis=1),
            self.num_samples(total_F, num_axes).astype(np.int64).tolist(),
        )

    def without_each(self, sums_SF: Floats) -> Floats:
        """The values ``[M, S]`` without each subject in turn."""
        total_F, num_subjects = sums_SF.sum(0), len(sums_SF)
        values_MS = np.empty((self.num, num_subjects))
        for block in row_blocks(num_subjects, total_F.size):
            self.value(total_F - sums_SF[block], total_F.ndim, out=values_MS[:, block])
        return values_MS

    def resampled(self, sums_SF: Floats, resamples: int, seed: int) -> Floats:
        """The values ``[M, B]`` on resamples of the subjects."""
        of_weights, num_axes = ResampledSums(sums_SF), sums_SF.ndim - 1
        values_MB, start = np.empty((self.num, resamples)), 0
        for weights_bS in subject_weights(len(sums_SF), resamples, seed):
            values_Mb = values_MB[:, start : start + len(weights_bS)]
            for block in row_blocks(len(weights_bS), of_weights.num):
                self.value(of_weights(weights_bS[block]), num_axes, out=values_Mb[:, block])
            start += len(weights_bS)
        return values_MB


@dataclass(frozen=True)
class _OnAll:
    """The metrics of a tally on all its subjects.

    Attributes:
        functions: what is computed of its sums.
        sums: ``[S, *F]``.
        total: ``[*F]``, their sum.
        value: ``[M]``.
        size: ``[M, S]``, the samples that each subject has for each metric.
        num_subjects: ``[M]``, the subjects with samples for it.
        num_samples: M numbers, the samples behind it.
    """

    functions: _Functions
    sums: Floats
    total: Floats
    value: Floats
    size: Floats
    num_subjects: Ints
    num_samples: Sequence[int]

    def too_few_samples(self, index: int) -> str | None:
        """Why a metric has no interval with so few samples; None where they are enough."""
        metric = self.functions.metrics[index]
        least = metric.facts.interval_samples
        if not least:
            return None
        num = int(metric.num_in_least(self.total)) if metric.num_in_least else self.num_samples[index]
        if num >= least:
            return None
        where = " of the smallest class" if metric.num_in_least else ""
        return f"only {num} of the {least} samples{where} that an interval needs"

    def estimates(self, intervals: Sequence[Interval]) -> list[MetricEstimate]:
        """The estimates of all metrics."""
        metrics, total_F = self.functions.metrics, self.total
        columns = (
            [metric.name for metric in metrics],
            self.value.tolist(),
            intervals,
            self.num_samples,
            self.num_subjects.tolist(),
            self.functions.num_unscored(total_F, total_F.ndim).astype(np.int64).tolist(),
            [float(metric.chance(total_F)) if metric.chance else None for metric in metrics],
        )
        return [MetricEstimate(*row) for row in zip(*columns, strict=True)]
