"""Can a target be predicted from a few properties of a sample, for people who were not used to learn it?

Shapes: N samples, F properties, V values of a property, T classes of the target, K folds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.categorical import categorical, uar
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally, ratio
from harness.statistics.estimates import MetricEstimate, estimates
from harness.statistics.intervals import ALL_ALIKE, Interval

NUM_FOLDS = 10
RESAMPLES = 2000
SMOOTHING = 0.5
"""Samples of each value added to a class, so that a value never seen with it does not exclude it."""


@dataclass(frozen=True)
class Guesses:
    """The target of every sample, guessed from properties alone.

    Attributes:
        guess: ``[N]``.
        target: ``[N]``, what it is: 0 … T - 1, every class present.
        subject: ``[N]``, 0 … S - 1.
        num_targets: T.
        seed: of the folds and of the resamples of the intervals.
    """

    guess: Ints
    target: Ints
    subject: Ints
    num_targets: int
    seed: int

    @property
    def uar(self) -> float:
        """The UAR of the guesses."""
        return float(uar(self._answers.sums.sum(0)))

    def uar_estimate(self, level: float) -> MetricEstimate:
        """The UAR with its interval over subjects, of that level."""
        found = estimates([self._answers], resamples=RESAMPLES, level=level, seed=self.seed)
        return _widened(next(estimate for estimate in found if estimate.metric == "uar"), low=0.0)

    def class_estimates(self, level: float) -> list[MetricEstimate]:
        """How well each single class is predicted: its recall less its share of false guesses.

        The recall of a class alone says little, as a guess that is made often has a high one. The difference
        (Youden's J) is 0 where the guess has nothing to do with the class, 1 where it is always right.

        Args:
            level: of the intervals together, over the T classes (Bonferroni).
        """
        right_N = np.where(self.guess == self.target, self.guess, -1)
        sums_ST3 = np.stack(
            [
                _per_subject(self.subject, class_N, self._num_subjects, self.num_targets)
                for class_N in (self.target, self.guess, right_N)
            ],
            axis=2,
        )
        tally = Tally(sums_ST3, tuple(_youden(index) for index in range(self.num_targets)))
        within = 1 - (1 - level) / self.num_targets
        found = estimates([tally], resamples=RESAMPLES, level=within, seed=self.seed)
        return [_widened(estimate, low=-1.0) for estimate in found]

    @property
    def _num_subjects(self) -> int:
        return int(self.subject.max()) + 1

    @property
    def _answers(self) -> Tally:
        return categorical(
            self.subject,
            self.target,
            self.guess,
            num_rows=self._num_subjects,
            classes=[str(index) for index in range(self.num_targets)],
            per_class=False,
        )


def guessed_from(
    properties: Sequence[Ints], target_N: Ints, subject_N: Ints, *, num_targets: int, seed: int
) -> Guesses:
    """Guess the target of each sample from the samples of subjects in other folds.

    Naive Bayes on counts, with equal prior probabilities, so that knowing nothing gives a UAR of 1/T. Only counts
    are fitted, so the result is the same on every machine.

    Args:
        properties: F times ``[N]``, values coded 0, 1, ….
        target_N: 0 … T - 1, every class present.
        subject_N: 0 … S - 1.
        num_targets: T.
        seed: assigns subjects to folds.
    """
    num_subjects = int(subject_N.max()) + 1
    seen_ST = _per_subject(subject_N, target_N, num_subjects, num_targets)
    fold_S = stratified_folds(seen_ST.argmax(1), NUM_FOLDS, seed)
    guess_N: Ints = _log_likelihoods(properties, target_N, fold_S[subject_N], num_targets).argmax(1)
    return Guesses(guess_N, target_N, subject_N, num_targets, seed)


def _per_subject(subject_N: Ints, class_N: Ints, num_subjects: int, num_classes: int) -> Floats:
    """How often each class occurs ``[S, T]``; -1 is none."""
    known_N = class_N >= 0
    cell_N = subject_N[known_N] * num_classes + class_N[known_N]
    counts = np.bincount(cell_N, minlength=num_subjects * num_classes)
    return counts.reshape(num_subjects, num_classes).astype(np.float64)


def _youden(index: int) -> Metric:
    """Of one class, from its samples, guesses and right guesses ``[T, 3]``."""

    def value(counts_T3: Floats) -> Floats:
        size, guessed, right = (counts_T3[..., index, column] for column in range(3))
        others = counts_T3[..., 0].sum(-1) - size
        return ratio(right, size) - ratio(guessed - right, others)

    return Metric(
        facts=MetricFacts(name=f"class_{index}", title="", meaning="recall less false guesses", low=-1.0),
        value=value,
        num_samples=lambda counts_T3: counts_T3[..., 0].sum(-1),
        num_unscored=lambda counts_T3: np.zeros(counts_T3.shape[:-2]),
    )


def _widened(estimate: MetricEstimate, low: float) -> MetricEstimate:
    """The interval including the uncertainty of training: folds share most of their training data.

    K folds have the variance of the test side times 1 + K/(K - 1) (Nadeau & Bengio 2003, equation 9,
    doi:10.1023/A:1024068626366). Without it, false alarms occur in up to 10 % of studies.
    """
    lo, hi, method = estimate.interval.lo, estimate.interval.hi, estimate.interval.method
    if lo is None or hi is None or method == ALL_ALIKE:
        return estimate
    factor = math.sqrt(1 + NUM_FOLDS / (NUM_FOLDS - 1))
    wider = Interval(
        max(low, estimate.value - factor * (estimate.value - lo)),
        min(1.0, estimate.value + factor * (hi - estimate.value)),
        f"{method}, widened for cross-fitting",
    )
    return replace(estimate, interval=wider)


def stratified_folds(class_S: Ints, num_folds: int, seed: int) -> Ints:
    """Assign the subjects of every class evenly to folds, so that leaving one out changes no class's share."""
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

    The usual smoothing by equal counts would favour the class with the fewest samples where a value is rare. As
    leaving out a subject makes its own class smaller, that class would be guessed too often.
    """
    size_K1T = count_KVT.sum(1, keepdims=True)
    rate_KVT = np.nan_to_num(ratio(count_KVT, size_K1T))
    mean_KV1 = rate_KVT.mean(2, keepdims=True)
    weight_K11 = SMOOTHING * count_KVT.shape[1] / np.maximum(size_K1T.mean(2, keepdims=True), 1)
    smooth_KVT = rate_KVT + weight_K11 * mean_KV1
    log_KVT: Floats = np.log(np.where(mean_KV1 > 0, smooth_KVT, 1.0))
    return log_KVT
