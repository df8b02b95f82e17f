"""People whose true differences between groups are known, for the studies of validity.

Each metric has a population: what a subject's rows hold, and its true value in closed form. Subjects differ from
each other (beta-distributed rates around the group's, with a given intra-class correlation).

Shapes: S subjects, R rows (a subject within one group), C classes, L levels of confidence, k statistics.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from harness.metrics import dimensional
from harness.metrics.quantiles import bin_of, equal_mass_edges
from harness.metrics.tally import ratio

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NUM_CLASSES = 5
IMBALANCED = np.array([0.48, 0.24, 0.14, 0.09, 0.05])
RECALLS = np.array([0.75, 0.65, 0.6, 0.55, 0.45])
MIX_CONCENTRATION = 20.0
"""A subject's class shares are Dirichlet around the population's."""
SHARED = 0.5
"""Correlation of one subject's class rates, and of its rows, on the normal scale."""
NUM_BINS = 15
LEVELS = np.linspace(0.4, 0.96, 30)
CCC_SLOPE, CCC_NOISE_SD, TRUTH_SD, SUBJECT_MEAN_SD = 0.7, 0.25, 0.35, 0.15
GRID = special.ndtr(np.linspace(-4.5, 4.5, 181))


@dataclass(frozen=True)
class Subjects:
    """What the rows of one study have in common with each other.

    Attributes:
        subject: ``[R]``, 0 … S - 1.
        clips: ``[R]``.
        icc: ``[R]``, the intra-class correlation of a row's clips.
        effect: ``[R]``, what is added to the metric in the row's group.
        balanced: whether all classes are equally common.
    """

    subject: Ints
    clips: Ints
    icc: Floats
    effect: Floats
    balanced: bool = True


@dataclass(frozen=True)
class Population:
    """A metric on additive statistics.

    Attributes:
        draw: statistics ``[R, k]`` of new subjects.
        value: ``[..., k]`` → ``[...]``.
        truth: (effect, balanced) → the metric of a group with this effect, of squares the root.
        derivative: of the value with respect to each statistic; None for a numerical one.
    """

    draw: Callable[[np.random.Generator, Subjects], Floats]
    value: Callable[[Floats], Floats]
    truth: Callable[[float, bool], float]
    derivative: Callable[[Floats], Floats] | None = None


def fraction(statistics: Floats) -> Floats:
    return ratio(statistics[..., 0], statistics[..., 1])


def uar(statistics: Floats) -> Floats:
    right, total = statistics[..., :NUM_CLASSES], statistics[..., NUM_CLASSES : 2 * NUM_CLASSES]
    return _mean_where(total > 0, ratio(right, total))


def macro_f1(statistics: Floats) -> Floats:
    right, total, answered = (statistics[..., i * NUM_CLASSES : (i + 1) * NUM_CLASSES] for i in range(3))
    return _mean_where(total > 0, ratio(2 * right, total + answered))


def ece(statistics: Floats) -> Floats:
    """Statistics: samples, and right less confidence per bin."""
    return ratio(np.abs(statistics[..., 1:]).sum(-1), statistics[..., 0])


def ece_squared(statistics: Floats) -> Floats:
    """`harness.metrics.calibration.squared_error`: samples, right less confidence, and the squares of both."""
    num, gap, own_square, own_pairs = np.split(statistics, 4, axis=-1)
    pairs = num**2 - own_pairs
    usable = pairs > 0.5
    square = np.where(usable, ratio(gap**2 - own_square, pairs), 0.0)
    weight = np.where(usable, num, 0.0)
    return np.clip(ratio((weight * square).sum(-1), weight.sum(-1)), -1.0, 1.0)


def draw_rate(base: float) -> Callable[[np.random.Generator, Subjects], Floats]:
    """Right and all clips, where ``base`` of the clips are right."""

    def draw(rng: np.random.Generator, of: Subjects) -> Floats:
        rate = _rate(base + of.effect, of.icc, _shared(rng, of))
        return np.stack([rng.binomial(of.clips, rate), of.clips], axis=1).astype(np.float64)

    return draw


def draw_uar(rng: np.random.Generator, of: Subjects) -> Floats:
    return draw_f1(rng, of)[:, : 2 * NUM_CLASSES]


def draw_f1(rng: np.random.Generator, of: Subjects) -> Floats:
    """Right, all and answered clips per class; wrong answers fall on the next class."""
    num_rows = len(of.clips)
    mix_RC = rng.dirichlet(MIX_CONCENTRATION * shares(of.balanced), num_rows)
    total_RC = rng.multinomial(of.clips, mix_RC)
    own_RC = rng.standard_normal((num_rows, NUM_CLASSES))
    z_RC = np.sqrt(SHARED) * _shared(rng, of)[:, None] + np.sqrt(1 - SHARED) * own_RC
    recall_RC = np.stack([_rate(RECALLS[c] + of.effect, of.icc, z_RC[:, c]) for c in range(NUM_CLASSES)], axis=1)
    right_RC = rng.binomial(total_RC, recall_RC)
    answered_RC = right_RC + np.roll(total_RC - right_RC, 1, axis=1)
    return np.concatenate([right_RC, total_RC, answered_RC], axis=1).astype(np.float64)


def draw_ece(rng: np.random.Generator, of: Subjects) -> Floats:
    return _binned(*confident(rng, of))[:, [0, *range(1 + NUM_BINS, 1 + 2 * NUM_BINS)]]


def draw_ece_squared(rng: np.random.Generator, of: Subjects) -> Floats:
    binned = _binned(*confident(rng, of))[:, 1:]
    num, gap = np.split(binned, 2, axis=1)
    return np.concatenate([num, gap, gap**2, num**2], axis=1)


def draw_loss(loss: Callable[[Floats, int], Floats]) -> Callable[[np.random.Generator, Subjects], Floats]:
    """The summed loss of the confidence in the answer, right (1) or wrong (0), and all clips."""

    def draw(rng: np.random.Generator, of: Subjects) -> Floats:
        total_RL, right_RL = confident(rng, of)
        lost_R = right_RL @ loss(LEVELS, 1) + (total_RL - right_RL) @ loss(LEVELS, 0)
        return np.stack([lost_R, total_RL.sum(1)], axis=1)

    return draw


def true_loss(loss: Callable[[Floats, int], Floats]) -> Callable[[float, bool], float]:
    def truth(effect: float, _: bool) -> float:
        right_L = LEVELS - OVERCONFIDENT + effect
        return float(np.mean(right_L * loss(LEVELS, 1) + (1 - right_L) * loss(LEVELS, 0)))

    return truth


def squared_loss(confidence: Floats, right: int) -> Floats:
    return (confidence - right) ** 2


def logarithmic_loss(confidence: Floats, right: int) -> Floats:
    return -np.log(confidence if right else 1 - confidence)


def draw_auc(rng: np.random.Generator, of: Subjects) -> Floats:
    """Scores of the two classes in bins; those of a subject are shifted together."""
    row = np.repeat(np.arange(len(of.clips)), of.clips)
    positive = rng.random(len(row)) < (0.5 if of.balanced else IMBALANCED[2])
    distance = np.sqrt(2) * special.ndtri(BASE_AUC + of.effect)
    shift = np.sqrt(of.icc) * _shared(rng, of)
    noise = np.sqrt(1 - of.icc[row]) * rng.standard_normal(len(row))
    score = positive * distance[row] + shift[row] + noise
    cell = (row * 2 + positive) * NUM_SCORE_BINS + np.searchsorted(SCORE_EDGES, score)
    counts = np.bincount(cell, minlength=len(of.clips) * 2 * NUM_SCORE_BINS)
    return counts.reshape(len(of.clips), 2 * NUM_SCORE_BINS).astype(np.float64)


def auc(statistics: Floats) -> Floats:
    """The share of pairs in which the positive clip has the higher score; half of those in the same bin."""
    negative, positive = np.split(statistics, 2, axis=-1)
    below = np.cumsum(negative, axis=-1) - negative / 2
    return ratio((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1))


def auc_derivative(statistics: Floats) -> Floats:
    negative, positive = np.split(statistics, 2, axis=-1)
    num_negative, num_positive = (each.sum(-1, keepdims=True) for each in (negative, positive))
    below = np.cumsum(negative, axis=-1) - negative / 2
    above = num_positive - np.cumsum(positive, axis=-1) + positive / 2
    value = auc(statistics)[..., None]
    per_negative = ratio(above - value * num_positive, num_negative * num_positive)
    per_positive = ratio(below - value * num_negative, num_negative * num_positive)
    return np.nan_to_num(np.concatenate([per_negative, per_positive], axis=-1))


def draw_recall(rng: np.random.Generator, of: Subjects) -> Floats:
    """Right and all clips of one class."""
    return draw_f1(rng, of)[:, [ONE_CLASS, NUM_CLASSES + ONE_CLASS]]


def draw_precision(rng: np.random.Generator, of: Subjects) -> Floats:
    """Right and answered clips of one class."""
    return draw_f1(rng, of)[:, [ONE_CLASS, 2 * NUM_CLASSES + ONE_CLASS]]


def true_precision(effect: float, balanced: bool) -> float:
    share, recall = shares(balanced), RECALLS + effect
    answered = share * recall + np.roll(share * (1 - recall), 1)
    return float((share * recall / answered)[ONE_CLASS])


def draw_ccc(rng: np.random.Generator, of: Subjects) -> Floats:
    """Moments; every subject has a bias, whose share of the error's variance is the intra-class correlation."""
    row = np.repeat(np.arange(len(of.clips)), of.clips)
    mean = rng.normal(0, SUBJECT_MEAN_SD, len(of.clips))
    truth = mean[row] + rng.normal(0, TRUTH_SD, len(row))
    bias = CCC_NOISE_SD * np.sqrt(of.icc) * _shared(rng, of)
    noise = CCC_NOISE_SD * np.sqrt(1 - of.icc)
    slope = CCC_SLOPE + of.effect
    predicted = slope[row] * truth + bias[row] + noise[row] * rng.standard_normal(len(row))
    return dimensional.moments(row, truth, predicted, len(of.clips))


def shares(balanced: bool) -> Floats:
    return np.full(NUM_CLASSES, 1 / NUM_CLASSES) if balanced else IMBALANCED


def true_f1(effect: float, balanced: bool) -> float:
    share, recall = shares(balanced), RECALLS + effect
    answered = share * recall + np.roll(share * (1 - recall), 1)
    return float(np.mean(2 * share * recall / (share + answered)))


def true_ccc(effect: float) -> float:
    slope, var_y = CCC_SLOPE + effect, TRUTH_SD**2 + SUBJECT_MEAN_SD**2
    return float(2 * slope * var_y / (var_y * (1 + slope**2) + CCC_NOISE_SD**2))


OVERCONFIDENT = 0.08
BASE_AUC = 0.8
ONE_CLASS = 2
NUM_SCORE_BINS = 64
SCORE_EDGES = np.linspace(-3.0, 5.0, NUM_SCORE_BINS - 1)
POPULATIONS = {
    "accuracy": Population(draw_rate(0.6), fraction, lambda effect, _: 0.6 + effect),
    "uar": Population(draw_uar, uar, lambda effect, _: float(RECALLS.mean()) + effect),
    "macro_f1": Population(draw_f1, macro_f1, true_f1),
    "coverage": Population(draw_rate(0.92), fraction, lambda effect, _: 0.92 + effect),
    "coverage 0.98": Population(draw_rate(0.98), fraction, lambda effect, _: 0.98 + effect),
    "coverage 0.995": Population(draw_rate(0.995), fraction, lambda effect, _: 0.995 + effect),
    "ece": Population(draw_ece, ece, lambda effect, _: OVERCONFIDENT - effect),
    "ece, calibrated": Population(
        lambda rng, of: draw_ece(rng, _calibrated(of)), ece, lambda effect, _: abs(effect)
    ),
    "calibration_error_sq": Population(
        draw_ece_squared, ece_squared, lambda effect, _: abs(OVERCONFIDENT - effect)
    ),
    "calibration_error_sq, calibrated": Population(
        lambda rng, of: draw_ece_squared(rng, _calibrated(of)), ece_squared, lambda effect, _: abs(effect)
    ),
    "auc": Population(draw_auc, auc, lambda effect, _: BASE_AUC + effect, auc_derivative),
    "brier": Population(draw_loss(squared_loss), fraction, true_loss(squared_loss)),
    "log-loss": Population(draw_loss(logarithmic_loss), fraction, true_loss(logarithmic_loss)),
    "recall": Population(draw_recall, fraction, lambda effect, _: float(RECALLS[ONE_CLASS]) + effect),
    "precision": Population(draw_precision, fraction, true_precision),
    "ccc": Population(draw_ccc, dimensional.ccc, lambda effect, _: true_ccc(effect)),
}


def _calibrated(of: Subjects) -> Subjects:
    return Subjects(of.subject, of.clips, of.icc, of.effect + OVERCONFIDENT, of.balanced)


def confident(rng: np.random.Generator, of: Subjects) -> tuple[Ints, Ints]:
    """Clips and right answers ``[R, L]`` per level of confidence: too high by `OVERCONFIDENT` less the effect."""
    total_RL = rng.multinomial(of.clips, np.full(len(LEVELS), 1 / len(LEVELS)))
    z_R = _shared(rng, of)
    rate_RL = np.stack([_rate(level - OVERCONFIDENT + of.effect, of.icc, z_R) for level in LEVELS], axis=1)
    return total_RL, rng.binomial(total_RL, rate_RL)


def _binned(total_RL: Ints, right_RL: Ints) -> Floats:
    """All clips, then clips and right less confidence in bins of equal mass over all rows."""
    edges = equal_mass_edges(np.repeat(LEVELS, total_RL.sum(0)), NUM_BINS)
    into = np.eye(NUM_BINS)[bin_of(LEVELS, edges)]
    return np.concatenate(
        [total_RL.sum(1, keepdims=True), total_RL @ into, (right_RL - total_RL * LEVELS) @ into], axis=1
    )


def _shared(rng: np.random.Generator, of: Subjects) -> Floats:
    """A standard normal per row; the rows of one subject are correlated."""
    of_subject = rng.standard_normal(int(of.subject.max()) + 1)
    if len(of_subject) == len(of.subject):
        return of_subject
    own = rng.standard_normal(len(of.subject))
    correlated: Floats = np.sqrt(SHARED) * of_subject[of.subject] + np.sqrt(1 - SHARED) * own
    return correlated


def _rate(mean_R: Floats, icc_R: Floats, z_R: Floats) -> Floats:
    """The beta quantile at Φ(z) with this mean and intra-class correlation."""
    rate_R = np.empty(len(z_R))
    share_R = special.ndtr(z_R)
    kinds, kind_R = np.unique(np.stack([mean_R.round(9), icc_R], axis=1), axis=0, return_inverse=True)
    for index, (mean, icc) in enumerate(kinds):
        chosen = kind_R.ravel() == index
        rate_R[chosen] = np.interp(share_R[chosen], GRID, _quantiles(float(mean), float(icc)))
    return rate_R


@lru_cache(maxsize=1024)
def _quantiles(mean: float, icc: float) -> Floats:
    spread = 1 / icc - 1
    quantiles: Floats = special.betaincinv(mean * spread, (1 - mean) * spread, GRID)
    # What interpolation takes from the mean is put back, in the longer tail.
    area = float(np.sum((quantiles[1:] + quantiles[:-1]) / 2 * np.diff(GRID)))
    mended = quantiles * mean / area if mean < 0.5 else 1 - (1 - quantiles) * (1 - mean) / (1 - area)
    return np.clip(mended, 0.0, 1.0)


def _mean_where(occurs: npt.NDArray[np.bool_], values: Floats) -> Floats:
    return ratio(np.where(occurs, values, 0.0).sum(-1), occurs.sum(-1).astype(np.float64))
