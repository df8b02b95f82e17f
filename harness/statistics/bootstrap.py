"""Every metric of a set of tallies, with its counts and its interval over resampled subjects.

Shapes: S subjects, F flattened statistics of all tallies, B resamples, b resamples in one chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.metrics.tally import Metric, Tally
from harness.statistics.intervals import (
    FEW_SUBJECTS,
    Interval,
    Range,
    bootstrap_interval,
    jackknife_interval,
    no_interval,
)
from harness.statistics.resampling import exact_sums, subject_weights
from harness.statistics.threads import one_thread


@dataclass(frozen=True)
class Estimate:
    """A metric's value with what it rests on."""

    metric: str
    value: float
    interval: Interval
    num_samples: int
    num_subjects: int
    num_unscored: int

    @classmethod
    def absent(cls, metric: str) -> Estimate:
        """Of a group without samples."""
        return cls(metric, float("nan"), no_interval("no samples to measure it on"), 0, 0, 0)


def estimates(tallies: Sequence[Tally], *, resamples: int, level: float, seed: int) -> list[Estimate]:
    """Evaluate all metrics on all subjects and on the same resamples of subjects.

    Args:
        tallies: at least one; all with the same S subjects in the same order.
        resamples: how often S subjects are drawn.
        level: of the two-sided intervals.
        seed: of the resampling.
    """
    with one_thread():
        resampled = _resampled(tallies, resamples, seed)
    return [
        _estimate(tally, total_F, metric, resampled[metric.name], level)
        for tally, total_F in ((tally, tally.sums.sum(0)) for tally in tallies)
        for metric in tally.metrics
    ]


def _resampled(tallies: Sequence[Tally], resamples: int, seed: int) -> dict[str, Floats]:
    """The values ``[B]`` of every metric: one matrix product per chunk serves them all."""
    num_subjects = len(tallies[0].sums)
    flat = [exact_sums(tally.sums.reshape(num_subjects, -1)) for tally in tallies]
    values = {metric.name: np.empty(resamples) for tally in tallies for metric in tally.metrics}
    done = 0
    for weights_bS in subject_weights(num_subjects, resamples, seed):
        chunk = slice(done, done + len(weights_bS))
        for tally, per_subject_SF in zip(tallies, flat, strict=True):
            sums = (weights_bS @ per_subject_SF).reshape(-1, *tally.sums.shape[1:])
            for metric in tally.metrics:
                values[metric.name][chunk] = metric.value(sums)
        done = chunk.stop
    return values


def _estimate(tally: Tally, total_F: Floats, metric: Metric, resampled_B: Floats, level: float) -> Estimate:
    rests_on_S = metric.num_samples(tally.sums) > 0
    value = float(metric.value(total_F))
    return Estimate(
        metric=metric.name,
        value=value,
        interval=_interval(tally, metric, value, rests_on_S, resampled_B, level),
        num_samples=int(metric.num_samples(total_F)),
        num_subjects=int(rests_on_S.sum()),
        num_unscored=int(metric.num_unscored(total_F)),
    )


def _interval(
    tally: Tally,
    metric: Metric,
    value: float,
    rests_on_S: npt.NDArray[np.bool_],
    resampled_B: Floats,
    level: float,
) -> Interval:
    """Of a metric on all subjects, of which those ``rests_on_S`` have samples that it counts."""
    num_subjects = int(rests_on_S.sum())
    within = Range(metric.low, metric.high)
    if num_subjects == 0:
        return no_interval("no samples to measure it on")
    if not np.isfinite(value):
        return no_interval("undefined on these samples")
    if num_subjects == 1:
        return no_interval("1 subject: no interval")
    if num_subjects < FEW_SUBJECTS:
        left_out_S = metric.value(tally.sums.sum(0) - tally.sums[rests_on_S])
        return jackknife_interval(value, left_out_S, level=level, within=within)
    return bootstrap_interval(value, resampled_B, num_subjects=num_subjects, level=level, within=within)
