"""Conformal prediction sets: how often they hold the truth, and how large they must be.

Shapes: N samples, S subjects, R rows, U classes. The four statistics of a row: samples with probabilities, sets
that hold the truth, Σ set size, samples without probabilities.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints, Scores
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally, fraction_gradient, ratio, sum_by_row

TARGET = 0.9
ONE = 1 << 40
"""The weight of a subject. Weights are whole numbers, so that the order of samples cannot move a threshold."""

_SETS = partial(MetricFacts, needs=("labels", "probabilities"), binned=True)

CONFORMAL_COVERAGE = _SETS(
    name="conformal_coverage",
    title="Conformal coverage",
    meaning="how often a conformal set, learned from the other subjects, holds the label; it is made to be 0.9",
    place=160,
)
CONFORMAL_SET_SIZE = _SETS(
    name="conformal_set_size",
    title="Conformal set size",
    meaning="classes in a conformal set; lower is better",
    high=math.inf,
    better="lower",
    place=170,
)
FACTS = (CONFORMAL_COVERAGE, CONFORMAL_SET_SIZE)


def thresholds(subject_N: Ints, right_N: Scores, *, num_subjects: int) -> Floats:
    """Per subject the least probability ``[S]`` that puts a class into the set, learned from all other subjects.

    The score is that of the least ambiguous sets, 1 - p(truth) (Sadinle et al. 2019, arXiv:1609.00451). Subjects,
    not samples, are exchangeable: each of the K others weighs 1 / (K + 1), spread evenly over its samples, and
    the rest counts as beyond any threshold (Lee et al. 2023, arXiv:2306.06342). The set of a new subject's sample
    then holds the truth at least at the rate `TARGET`. Fewer than ten subjects never suffice: the threshold is
    minus infinity, and the sets hold every class. A subject without samples gets the threshold of all the others.

    Args:
        subject_N: 0 … S - 1.
        right_N: the probability of the true class; NaN where there is none: left out.
        num_subjects: S.
    """
    present_N = ~np.isnan(right_N)
    order = np.argsort(-right_N[present_N])
    subject, right = subject_N[present_N][order], right_N[present_N][order]
    if len(right) == 0:
        return np.full(num_subjects, -np.inf)
    rank_S = _first_enough(subject, num_subjects)
    return np.append(right, -np.inf)[rank_S].astype(np.float64)


def conformal(row_N: Ints, truth_N: Ints, probabilities_NU: Scores, least_N: Floats, *, num_rows: int) -> Tally:
    """Count sets, and name the metrics ``conformal_coverage`` and ``conformal_set_size``.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … U - 1.
        probabilities_NU: rows of NaN where there are none: left out, and counted.
        least_N: the threshold of each sample's subject, see `thresholds`.
        num_rows: R.
    """
    present_N = ~np.isnan(probabilities_NU[:, 0])
    right_N = np.take_along_axis(probabilities_NU, truth_N[:, None], axis=1)[:, 0]
    size_N = np.count_nonzero(probabilities_NU >= least_N[:, None], axis=1)
    columns = (present_N, right_N >= least_N, size_N, ~present_N)
    metric = partial(Metric, num_samples=lambda sums: sums[..., 0], num_unscored=lambda sums: sums[..., 3])
    return Tally(
        np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1),
        (
            metric(
                facts=CONFORMAL_COVERAGE,
                value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
                gradient=fraction_gradient([0, 1, 0, 0], [1, 0, 0, 0]),
            ),
            metric(
                facts=CONFORMAL_SET_SIZE,
                value=lambda sums: ratio(sums[..., 2], sums[..., 0]),
                highest=float(probabilities_NU.shape[1]),
                gradient=fraction_gradient([0, 0, 1, 0], [1, 0, 0, 0]),
            ),
        ),
    )


def _first_enough(subject_N: Ints, num_subjects: int) -> Ints:
    """Per subject the first rank at which the other subjects' weight reaches the target; N where it never does.

    Args:
        subject_N: of the samples with the highest probability of the truth first.
        num_subjects: S.
    """
    num = len(subject_N)
    num_S = np.bincount(subject_N, minlength=num_subjects)
    weight_S = ONE // np.maximum(num_S, 1)
    weight_N = np.cumsum(weight_S[subject_N])
    num_others_S = np.count_nonzero(num_S) - (num_S > 0)
    target_S = TARGET * (num_others_S + 1) * ONE * (1 - 1e-7)
    own_N = np.sort(subject_N * num + np.arange(num))
    first_own_S = np.cumsum(num_S) - num_S
    low_S, high_S = np.zeros(num_subjects, dtype=np.int64), np.full(num_subjects, num)
    for _ in range(num.bit_length()):
        middle_S = np.minimum((low_S + high_S) // 2, num - 1)
        own_S = np.searchsorted(own_N, np.arange(num_subjects) * num + middle_S, side="right") - first_own_S
        enough_S = weight_N[middle_S] - own_S * weight_S >= target_S
        low_S, high_S = np.where(enough_S, low_S, middle_S + 1), np.where(enough_S, middle_S, high_S)
    return high_S
