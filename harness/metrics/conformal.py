"""Conformal prediction sets: how often they contain the true label, and how large they are.

Shapes: N samples, S subjects, R rows, U classes, W distinct samples, each with a multiplicity. The four statistics
of a row: samples with probabilities, sets that contain the true label, Σ set size, samples without probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints, Scores
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.order_statistics import MAX_IN_MEMORY, keys_of, values_of
from harness.metrics.probabilistic import of_class
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

ProbabilityPieces = Callable[[], Iterator[tuple[Ints, Scores]]]
"""Samples piece by piece, as often as asked: the subject of each, and the probability of its true class."""

TARGET = 0.9
CELL_BITS = 20
SLACK = 1e-3
"""A share of all subjects: far more than what rounding weights to whole numbers, or sums, can change."""

ONE = 1 << 40
"""The weight of a subject. Weights are whole numbers, so that the order of samples cannot change a threshold."""

_SETS = partial(MetricFacts, needs=("labels", "probabilities"), binned=True)

CONFORMAL_COVERAGE = _SETS(
    name="conformal_coverage",
    title="Conformal coverage",
    meaning="how often a conformal set, calibrated on the other subjects, contains the label; the target is 0.9",
    order=160,
)
CONFORMAL_SET_SIZE = _SETS(
    name="conformal_set_size",
    title="Conformal set size",
    meaning="mean number of classes in a conformal set; lower is better",
    high=math.inf,
    better="lower",
    # Intervals over subjects whose thresholds stay as they are hold its mean in 40 to 51 % of studies
    # (benchmarks/validity/levels.md).
    no_interval="resampling subjects does not vary the thresholds that their sets were calibrated with",
    order=170,
)
FACTS = (CONFORMAL_COVERAGE, CONFORMAL_SET_SIZE)


def thresholds(subject_N: Ints, right_N: Scores, *, num_subjects: int) -> Floats:
    """The lowest probability ``[S]`` with which a class enters a subject's sets, calibrated on all other subjects.

    The conformity score is that of the least ambiguous sets, 1 - p(true class) (Sadinle et al. 2019,
    arXiv:1609.00451). Subjects, not samples, are exchangeable: each of the K other subjects has the weight
    1 / (K + 1), divided evenly among its samples, and the remaining weight lies beyond any threshold (Lee et al.
    2023, arXiv:2306.06342). The set of a new subject's sample then contains the true class with probability at
    least `TARGET`. With fewer than ten subjects this is impossible: the threshold is minus infinity, and the sets
    contain every class. A subject without samples gets the threshold of all the others.

    Args:
        subject_N: 0 … S - 1.
        right_N: the probability of the true class; NaN if there is none: excluded.
        num_subjects: S.
    """
    present_N = ~np.isnan(right_N)
    subject_N, right_N = subject_N[present_N], right_N[present_N]
    num_S = np.bincount(subject_N, minlength=num_subjects)
    return _learned(subject_N, right_N, np.ones_like(subject_N), num_S, np.zeros_like(num_S))


def thresholds_of(pieces: ProbabilityPieces, *, num_subjects: int) -> Floats:
    """The `thresholds` of samples that are given piece by piece.

    Leaving one subject out moves the point where the target is reached by no more than one subject's weight.
    Samples far above or below that point cannot change any threshold, so they are counted but not kept.

    Args:
        pieces: the subject of each sample, and the probability of its true class; none is NaN.
        num_subjects: S.
    """
    num_S = np.zeros(num_subjects, dtype=np.int64)
    for subject_N, _ in pieces():
        num_S += np.bincount(subject_N, minlength=num_subjects)
    if num_S.sum() <= MAX_IN_MEMORY:
        subjects, rights = zip(*pieces(), strict=True) if num_S.any() else ([np.zeros(0, np.int64)], [np.empty(0)])
        return thresholds(np.concatenate(subjects), np.concatenate(rights), num_subjects=num_subjects)
    low, high = (np.float64(bound) for bound in _around_the_target(pieces, num_S))
    above_S, kept = np.zeros(num_subjects, dtype=np.int64), _Kept()
    for subject_N, right_N in pieces():
        above_S += np.bincount(subject_N[right_N >= high], minlength=num_subjects)
        inside_N = (right_N >= low) & (right_N < high)
        kept.add(subject_N[inside_N], right_N[inside_N])
    return _learned(*kept.together(), num_S, above_S)


def conformal(row_N: Ints, truth_N: Ints, probabilities_NU: Scores, least_N: Floats, *, num_rows: int) -> Tally:
    """Count sets for the metrics ``conformal_coverage`` and ``conformal_set_size``.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … U - 1.
        probabilities_NU: rows of NaN if there are none: excluded, and counted as unscored.
        least_N: the threshold of each sample's subject, see `thresholds`.
        num_rows: R.
    """
    present_N = ~np.isnan(probabilities_NU[:, 0])
    right_N = of_class(probabilities_NU, truth_N)
    lowest_N: Scores = least_N.astype(probabilities_NU.dtype)  # as precise, they are compared four times as fast
    if not np.array_equal(lowest_N, least_N):
        lowest_N = least_N
    size_N = (lowest_N <= probabilities_NU.T).sum(0, dtype=np.int16)
    columns = (present_N, right_N >= lowest_N, size_N, ~present_N)
    metric = partial(Metric, num_samples=lambda sums: sums[..., 0], num_unscored=lambda sums: sums[..., 3])
    return Tally(
        np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1),
        (
            metric(
                facts=CONFORMAL_COVERAGE,
                value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
                gradient=FractionGradient([0, 1, 0, 0], [1, 0, 0, 0]),
            ),
            metric(
                facts=CONFORMAL_SET_SIZE,
                value=lambda sums: ratio(sums[..., 2], sums[..., 0]),
                highest=float(probabilities_NU.shape[1]),
                gradient=FractionGradient([0, 0, 1, 0], [1, 0, 0, 0]),
            ),
        ),
    )


def _learned(subject_W: Ints, right_W: Scores, num_W: Ints, num_S: Ints, above_S: Ints) -> Floats:
    """The thresholds ``[S]``, from distinct samples with multiplicities and counts of samples above all of them.

    Args:
        subject_W: their subjects.
        right_W: the probabilities of their true class.
        num_W: their multiplicities.
        num_S: the number of samples of each subject.
        above_S: how many of them have a higher probability than all given here.
    """
    order = np.argsort(-right_W)
    rank_S = _first_enough(subject_W[order], num_W[order], num_S, above_S)
    return np.append(right_W[order], -np.inf)[rank_S].astype(np.float64)


def _first_enough(subject_W: Ints, num_W: Ints, num_S: Ints, above_S: Ints) -> Ints:
    """Per subject the first index at which the other subjects' weight reaches the target; W if it never does.

    Args:
        subject_W: their subjects, samples with the highest probability of the true class first.
        num_W: see `_learned`.
        num_S: see `_learned`.
        above_S: see `_learned`.
    """
    num, num_subjects = len(subject_W), len(num_S)
    if not num:
        return np.zeros(num_subjects, dtype=np.int64)
    weight_S = ONE // np.maximum(num_S, 1)
    weight_W = np.cumsum(num_W * weight_S[subject_W]) + (above_S * weight_S).sum()
    num_others_S = np.count_nonzero(num_S) - (num_S > 0)
    target_S = TARGET * (num_others_S + 1) * ONE * (1 - 1e-7)
    own_W = np.sort(subject_W * num + np.arange(num))  # of each subject in turn; quicker than a stable argsort
    own_num = np.append(0, np.cumsum(num_W[own_W % num]))
    before_S = own_num[np.searchsorted(own_W, np.arange(num_subjects) * num)] - above_S
    low_S, high_S = np.zeros(num_subjects, dtype=np.int64), np.full(num_subjects, num)
    for _ in range(num.bit_length()):
        middle_S = np.minimum((low_S + high_S) // 2, num - 1)
        own_S = own_num[np.searchsorted(own_W, np.arange(num_subjects) * num + middle_S, side="right")] - before_S
        enough_S = weight_W[middle_S] - own_S * weight_S >= target_S
        low_S, high_S = np.where(enough_S, low_S, middle_S + 1), np.where(enough_S, middle_S, high_S)
    return high_S


def _around_the_target(pieces: ProbabilityPieces, num_S: Ints) -> tuple[float, float]:
    """Two probabilities, the first included, between which the thresholds of all subjects lie."""
    weight_S = 1 / np.maximum(num_S, 1)
    weight_C = np.zeros(1 << CELL_BITS)
    shift = np.uint64(64 - CELL_BITS)
    for subject_N, right_N in pieces():
        cell_N = (keys_of(right_N.astype(np.float64)) >> shift).astype(np.int64)
        weight_C += np.bincount(cell_N, weights=weight_S[subject_N], minlength=len(weight_C))
    num_subjects = np.count_nonzero(num_S)
    down_C = np.cumsum(weight_C[::-1])
    margin = 3 + SLACK * num_subjects
    first, last = np.searchsorted(down_C, [TARGET * num_subjects - margin, TARGET * num_subjects + margin])
    greatest, least = len(weight_C) - 1 - first, len(weight_C) - 1 - last
    low, high = values_of(np.array([max(least, 0), greatest + 1], dtype=np.uint64) << shift).tolist()
    return low if least >= 0 else -np.inf, high


class _Kept:
    """Samples by subject and probability; equal ones are kept once, with their multiplicity."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, Scores, Ints]] = []
        self._num = 0

    def add(self, subject_N: Ints, right_N: Scores) -> None:
        """Add some samples."""
        self._parts.append((subject_N, right_N, np.ones_like(subject_N)))
        self._num += len(subject_N)
        if self._num > MAX_IN_MEMORY:
            self._parts, self._num = [self.together()], 0

    def together(self) -> tuple[Ints, Scores, Ints]:
        """The subjects, probabilities and multiplicities of all samples."""
        subject, right, num = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        order = np.lexsort((subject, right))
        subject, right, num = subject[order], right[order], num[order]
        differs = (np.diff(subject) != 0) | (np.diff(right) != 0)
        starts = np.flatnonzero(np.append(True, differs)[: len(num)])
        return subject[starts], right[starts], np.add.reduceat(num, starts) if len(num) else num
