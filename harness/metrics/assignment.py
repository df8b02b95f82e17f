"""Negative emotions assigned to samples without one, and the signed valence error, from labels.

Shapes: N samples, R rows, K strata.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.strata import InStrata, Strata
from harness.metrics.tally import FractionGradient, Metric, Tally, or_zero, ratio, sum_by_row

NEGATIVE = ("anger", "contempt", "disgust", "fear", "sadness")

VALENCE = {"happiness": 1, "neutral": 0, "calm": 0} | dict.fromkeys(NEGATIVE, -1)
"""The sign of an emotion's valence (Russell 1980, doi:10.1037/h0077714, figure 2). Surprise may have either sign;
it is left out, like every name that is not listed here."""

NEGATIVE_ASSIGNMENT = MetricFacts(
    name="negative_assignment",
    title="Negative assignment",
    meaning="share of neutral samples that are called anger, disgust, contempt, fear or sadness (where the plan "
    "matches samples: weighted mean over the strata without a negative emotion; of two groups, over those that "
    "both have); lower is better",
    better="lower",
    needs=("labels", "non_negative_samples"),
    compared=True,
    shown=Shown.TRACKED,
    order=80,
)
VALENCE_ERROR = MetricFacts(
    name="valence_error",
    title="Valence error",
    meaning="how much more positive the answers are than the labels, from \N{MINUS SIGN}2 to 2; 0 is best",
    low=-2.0,
    high=2.0,
    better="zero",
    needs=("labels", "signed_labels"),
    shown=Shown.TRACKED,
    order=90,
)
FACTS = (NEGATIVE_ASSIGNMENT, VALENCE_ERROR)


def negative_assignment(
    row_N: Ints,
    stratum_N: Ints,
    answered_N: Ints,
    *,
    num_rows: int,
    weights_K: Floats,
    names: Sequence[str] | None = None,
) -> Tally:
    """Count negative answers within strata for the metrics ``negative_assignment``.

    The value is Σ w_k · rate_k / Σ w_k over the strata that have samples: direct standardisation (see
    `harness.metrics.strata`), so that groups with different mixtures of strata are compared on the same mixture.
    Two groups are only comparable over the strata that both have. A sample without a score is not assigned a
    negative emotion.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        stratum_N: 0 … K - 1: samples with the same true label and the same values of the matched columns.
        answered_N: 1 if the answer is a negative emotion, 0 if it is another, -1 if there is none.
        num_rows: R.
        weights_K: the weight of each stratum, the same for every group.
        names: of the strata; their numbers by default.
    """
    names = [str(index) for index in range(len(weights_K))] if names is None else names
    num_strata = len(weights_K)
    cell_N = row_N * num_strata + stratum_N
    size = num_rows * num_strata
    counted = (cell_N, cell_N[answered_N == 1], cell_N[answered_N < 0])
    counts_R3K = [np.bincount(cells, minlength=size).reshape(num_rows, num_strata) for cells in counted]
    metric = Metric(
        facts=NEGATIVE_ASSIGNMENT,
        value=partial(_standardised, weights_K=weights_K),
        num_samples=lambda sums: sums[..., :num_strata].sum(-1),
        num_unscored=lambda sums: sums[..., 2 * num_strata :].sum(-1),
        gradient=partial(_standardised_gradient, weights_K=weights_K),
        strata=Strata(
            split=partial(_in_strata, num_strata=num_strata),
            noun="strata",
            names=tuple(names),
            weights=weights_K,
            value=_share_negative,
            gradient=np.ones_like,
        ),
    )
    return Tally(np.concatenate(counts_R3K, axis=1).astype(np.float64), (metric,))


def valence_error(row_N: Ints, error_N: npt.NDArray[np.float64], *, num_rows: int) -> Tally:
    """Sum differences of valence; their mean is ``valence_error``, above zero if answers are too positive.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        error_N: the sign of the answer's valence minus that of the label's, see `VALENCE`; NaN if there is no
            answer or it has no sign: excluded, and counted as unscored.
        num_rows: R.
    """
    present_N = ~np.isnan(error_N)
    columns = (present_N, np.where(present_N, error_N, 0.0), ~present_N)
    metric = Metric(
        facts=VALENCE_ERROR,
        value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
        num_samples=lambda sums: sums[..., 0],
        num_unscored=lambda sums: sums[..., 2],
        gradient=FractionGradient([0, 1, 0], [1, 0, 0]),
    )
    return Tally(np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1), (metric,))


def _in_strata(sums_F: Floats, num_strata: int) -> InStrata:
    num, negative, unscored = np.split(sums_F, [num_strata, 2 * num_strata], axis=-1)
    return InStrata(num, unscored, negative[..., None])


def _share_negative(scaled_K1: Floats) -> Floats:
    """The share of negative answers where every stratum's are scaled to its share of the mixture."""
    total: Floats = scaled_K1.sum((-2, -1))
    return np.clip(total, 0.0, 1.0)


def _standardised(sums_F: Floats, weights_K: Floats) -> Floats:
    num_strata = len(weights_K)
    num, negative = sums_F[..., :num_strata], sums_F[..., num_strata : 2 * num_strata]
    weight = np.where(num > 0, weights_K, 0.0)
    rate = np.where(num > 0, ratio(negative, num), 0.0)
    return np.clip(ratio((weight * rate).sum(-1), weight.sum(-1)), 0.0, 1.0)


def _standardised_gradient(sums_F: Floats, weights_K: Floats) -> Floats:
    num_strata = len(weights_K)
    num, negative = sums_F[..., :num_strata], sums_F[..., num_strata : 2 * num_strata]
    weight = np.where(num > 0, weights_K, 0.0)
    per_answer = or_zero(ratio(ratio(weight, weight.sum(-1, keepdims=True)), num))
    per_sample = -per_answer * or_zero(ratio(negative, num))
    return np.concatenate([per_sample, per_answer, np.zeros_like(sums_F[..., 2 * num_strata :])], axis=-1)
