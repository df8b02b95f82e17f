"""Can a target be told from a few properties of a sample, for people who were not used to learn it?

Shapes: N samples, F properties, V values of a property, T classes of the target, K folds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.metrics.additive import Floats, Ints
from harness.metrics.categorical import categorical
from harness.statistics.bootstrap import Estimate, estimates

MAX_FOLDS = 10
RESAMPLES = 2000
SMOOTHING = 0.5
"""Added to every count (Jeffreys), so that a value that was never seen with a class does not exclude it."""


def told_apart(
    properties: Sequence[Ints],
    target_N: Ints,
    subject_N: Ints,
    *,
    num_targets: int,
    level: float,
    seed: int,
) -> Estimate:
    """The UAR of guessing the target from properties alone, with its interval over subjects.

    Naive Bayes on counts, with all classes equally likely beforehand, so that knowing nothing gives a UAR of 1/T.
    Subjects are left out of the counts by folds. It has nothing to fit but counts: the same on every machine.

    Args:
        properties: F times ``[N]``, values coded 0, 1, ….
        target_N: 0 … T - 1, every class present.
        subject_N: 0 … S - 1.
        num_targets: T.
        level: of the interval.
        seed: deals subjects to folds.
    """
    num_subjects = int(subject_N.max()) + 1
    fold_S = np.random.default_rng(seed).permutation(num_subjects) % MAX_FOLDS
    guess_N = _log_likelihoods(properties, target_N, fold_S[subject_N], num_targets).argmax(1)
    family = categorical(
        subject_N,
        target_N,
        guess_N,
        num_subjects=num_subjects,
        classes=[str(index) for index in range(num_targets)],
        per_class=False,
    )
    found = estimates([family], resamples=RESAMPLES, level=level, seed=seed)
    return next(estimate for estimate in found if estimate.metric == "uar")


def _log_likelihoods(properties: Sequence[Ints], target_N: Ints, fold_N: Ints, num_targets: int) -> Floats:
    """``[N, T]``, from the samples of the other folds."""
    total_NT = np.zeros((len(target_N), num_targets))
    for value_N in properties:
        num_values = int(value_N.max()) + 1
        shape = (MAX_FOLDS, num_values, num_targets)
        cell_N = (fold_N * num_values + value_N) * num_targets + target_N
        count_KVT = np.bincount(cell_N, minlength=np.prod(shape)).reshape(shape)
        others_KVT = count_KVT.sum(0) - count_KVT + SMOOTHING
        log_KVT = np.log(others_KVT / others_KVT.sum(1, keepdims=True))
        total_NT += log_KVT[fold_N, value_N]
    return total_NT
