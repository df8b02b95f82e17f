"""Can a target be told from a few properties of a sample, for people who were not used to learn it?

Shapes: N samples, F properties, V values of a property, T classes of the target, K folds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.categorical import categorical
from harness.metrics.tally import ratio
from harness.statistics.bootstrap import MetricEstimate, estimates
from harness.statistics.intervals import ALL_ALIKE, Interval

NUM_FOLDS = 10
RESAMPLES = 2000
SMOOTHING = 0.5
"""Samples of each value that a class has beforehand, so that one never seen with it does not exclude it."""


def predictability(
    properties: Sequence[Ints],
    target_N: Ints,
    subject_N: Ints,
    *,
    num_targets: int,
    level: float,
    seed: int,
) -> MetricEstimate:
    """The UAR of guessing the target from properties alone, with its interval over subjects.

    Naive Bayes on counts, with all classes equally likely beforehand, so that knowing nothing gives a UAR of 1/T.
    Subjects are left out of the counts by folds. It fits nothing but counts: the same on every machine.

    Args:
        properties: F times ``[N]``, values coded 0, 1, ….
        target_N: 0 … T - 1, every class present.
        subject_N: 0 … S - 1.
        num_targets: T.
        level: of the interval.
        seed: deals subjects to folds.
    """
    num_subjects = int(subject_N.max()) + 1
    seen_ST = np.bincount(subject_N * num_targets + target_N, minlength=num_subjects * num_targets)
    fold_S = stratified_folds(seen_ST.reshape(-1, num_targets).argmax(1), NUM_FOLDS, seed)
    guess_N = _log_likelihoods(properties, target_N, fold_S[subject_N], num_targets).argmax(1)
    tally = categorical(
        subject_N,
        target_N,
        guess_N,
        num_rows=num_subjects,
        classes=[str(index) for index in range(num_targets)],
        per_class=False,
    )
    found = estimates([tally], resamples=RESAMPLES, level=level, seed=seed)
    return _widened(next(estimate for estimate in found if estimate.metric == "uar"))


def _widened(estimate: MetricEstimate) -> MetricEstimate:
    """The interval with the uncertainty of what was learned, too: folds share most of what they learn from.

    K folds have the variance of the test side times 1 + K/(K - 1) (Nadeau & Bengio 2003, equation 9,
    doi:10.1023/A:1024068626366). Without it, groups that are recorded alike differ in up to 10 % of studies.
    """
    lo, hi, method = estimate.interval.lo, estimate.interval.hi, estimate.interval.method
    if lo is None or hi is None or method == ALL_ALIKE:
        return estimate
    factor = math.sqrt(1 + NUM_FOLDS / (NUM_FOLDS - 1))
    wider = Interval(
        max(0.0, estimate.value - factor * (estimate.value - lo)),
        min(1.0, estimate.value + factor * (hi - estimate.value)),
        f"{method}, widened for cross-fitting",
    )
    return replace(estimate, interval=wider)


def stratified_folds(class_S: Ints, num_folds: int, seed: int) -> Ints:
    """Deal the subjects of every class evenly to folds, so that leaving one out changes no class's share."""
    shuffled = np.random.default_rng(seed).permutation(len(class_S))
    by_class = shuffled[np.argsort(class_S[shuffled], kind="stable")]
    fold_S = np.empty(len(class_S), np.int64)
    fold_S[by_class] = np.arange(len(class_S)) % num_folds
    return fold_S


def _log_likelihoods(properties: Sequence[Ints], target_N: Ints, fold_N: Ints, num_targets: int) -> Floats:
    """``[N, T]``, from the samples of the other folds."""
    total_NT = np.zeros((len(target_N), num_targets))
    for value_N in properties:
        num_values = int(value_N.max()) + 1
        shape = (NUM_FOLDS, num_values, num_targets)
        cell_N = (fold_N * num_values + value_N) * num_targets + target_N
        count_KVT = np.bincount(cell_N, minlength=np.prod(shape)).reshape(shape)
        log_KVT = _log_rates((count_KVT.sum(0) - count_KVT).astype(np.float64))
        total_NT += log_KVT[fold_N, value_N]
    return total_NT


def _log_rates(count_KVT: Floats) -> Floats:
    """How likely each value is in each class, smoothed towards its mean over classes; 0 for an unseen value.

    The usual smoothing by equal counts would prefer the class with the fewest samples wherever a value is rare. As
    leaving a subject out makes its own class smaller, that class would be guessed too often.
    """
    size_K1T = count_KVT.sum(1, keepdims=True)
    rate_KVT = np.nan_to_num(ratio(count_KVT, size_K1T))
    mean_KV1 = rate_KVT.mean(2, keepdims=True)
    weight_K11 = SMOOTHING * count_KVT.shape[1] / np.maximum(size_K1T.mean(2, keepdims=True), 1)
    smooth_KVT = rate_KVT + weight_K11 * mean_KV1
    log_KVT: Floats = np.log(np.where(mean_KV1 > 0, smooth_KVT, 1.0))
    return log_KVT
