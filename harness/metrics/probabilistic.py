"""Log-loss and Brier score of class probabilities, from sums.

Shapes: N samples, R rows (see `harness.metrics.tally`), L labels of the model, U classes (those of the labels,
then those that only the model has). The four statistics of a row: samples with probabilities, Σ log-loss, Σ Brier,
samples without.
"""

from __future__ import annotations

from enum import IntEnum
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

CLIP = float(np.finfo(np.float32).eps)
"""The lowest probability in the log-loss, as scores are stored in float32: the log-loss is at most 15.9."""

SUM_TOLERANCE = 1e-3
"""Sums of softmax outputs, computed in single or half precision, are this close to 1."""

MAX_DECIMALS = 4
"""Scores written with more decimals than this sum to 1 within `SUM_TOLERANCE`."""

MAX_OTHER = 0.01
"""If a larger share of the samples has scores that are no probabilities, none are used as such."""

_WHOLE = 2e-3
"""So close to a whole number of rounding units is rounded: scores are stored in single precision."""

_LOSS = partial(MetricFacts, better="lower", needs=("labels", "probabilities"), shown=Shown.TERMINAL)

LOG_LOSS = _LOSS(
    name="log_loss",
    title="Log-loss",
    meaning="mean negative log probability of the label; scored samples only; lower is better, 0 is perfect",
    high=-float(np.log(CLIP)),
    order=100,
)
BRIER = _LOSS(
    name="brier",
    title="Brier score",
    meaning="mean squared distance of the probabilities from the label, summed over classes; scored samples only; "
    "lower is better, 0 is perfect",
    high=2.0,
    order=110,
)
FACTS = (LOG_LOSS, BRIER)


class RowKind(IntEnum):
    """What the scores of a sample are."""

    PROBABILITIES = 0
    ROUNDED = 1
    OTHER = 2
    ABSENT = 3


def row_kinds(scores_NL: Scores) -> Ints:
    """What the scores of each sample are ``[N]``, see `RowKind`.

    Probabilities are non-negative and sum to 1 within `SUM_TOLERANCE`. Rounded to a few decimals, they sum to 1
    within half a unit of the last decimal for each label.

    Args:
        scores_NL: rows of NaN where there are none.
    """
    kind_N = np.full(len(scores_NL), int(RowKind.PROBABILITIES))
    distance_N = np.abs(scores_NL.sum(1, dtype=np.float64) - 1)
    kind_N[np.isnan(distance_N)] = RowKind.ABSENT
    off = np.flatnonzero((distance_N > SUM_TOLERANCE) | (scores_NL < 0).any(1))
    if len(off):
        kind_N[off] = np.where(_is_rounded(scores_NL[off], distance_N[off]), RowKind.ROUNDED, RowKind.OTHER)
    return kind_N


def as_probabilities(label_scores_NL: Scores, scores_NU: Scores, kind_N: Ints | None = None) -> Scores:
    """The scores per class where they are probabilities: rounded ones normalised, NaN where they are not.

    Args:
        label_scores_NL: as the model gave them.
        scores_NU: the same, summed per class. Returned as it is where nothing has to change.
        kind_N: their `row_kinds`, where these are known.
    """
    kind_N = row_kinds(label_scores_NL) if kind_N is None else kind_N
    rounded_N, other_N = kind_N == RowKind.ROUNDED, kind_N == RowKind.OTHER
    if not (rounded_N.any() or other_N.any()):
        return scores_NU
    scores_NU = scores_NU.copy(order="K")
    scores_NU[rounded_N] /= label_scores_NL[rounded_N].sum(1, keepdims=True)
    scores_NU[other_N] = np.nan
    return scores_NU


def of_class(scores_NU: Scores, class_N: Ints) -> Scores:
    """The score of one class of each sample ``[N]``; fast where the scores of a class stand together."""
    num = len(scores_NU)
    return scores_NU.ravel(order="F").take(class_N * num + np.arange(num))


def are_probabilities(num_other: int, num_present: int) -> bool:
    """Whether so few samples have scores that are no probabilities that only those are left out."""
    return num_other <= MAX_OTHER * num_present


def decimals_of(scores_NL: Scores) -> Ints:
    """The number of decimals ``[N]``, 1 to `MAX_DECIMALS`, that all scores of a row are rounded to; else 0."""
    decimals_N = np.zeros(len(scores_NL), dtype=np.int64)
    for decimals in range(MAX_DECIMALS, 0, -1):
        scaled_NL = scores_NL.astype(np.float64) * 10.0**decimals
        decimals_N[(np.abs(scaled_NL - scaled_NL.round()) < _WHOLE).all(1)] = decimals
    return decimals_N


def _is_rounded(scores_NL: Scores, distance_N: Floats) -> npt.NDArray[np.bool_]:
    decimals_N = decimals_of(scores_NL)
    tolerance_N = np.where(decimals_N > 0, scores_NL.shape[1] / 2 * 10.0**-decimals_N, 0.0)
    rounded_N: npt.NDArray[np.bool_] = (scores_NL >= 0).all(1) & (
        distance_N <= tolerance_N + _WHOLE * SUM_TOLERANCE
    )
    return rounded_N


def probabilistic(row_N: Ints, truth_N: Ints, probabilities_NU: Scores, *, num_rows: int) -> Tally:
    """Sum losses for the metrics ``log_loss`` and ``brier``.

    Log-loss is -log p(truth), the mean over samples, in nats. Brier is Σ over classes of (p - y)², the mean over
    samples, 0 to 2 (Brier 1950; scikit-learn's `brier_score_loss` with ``scale_by_half=False``).

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … U - 1.
        probabilities_NU: rows of NaN if there are none: excluded, and counted as unscored.
        num_rows: R.
    """
    present_N = ~np.isnan(probabilities_NU[:, 0])
    right_N = of_class(probabilities_NU, truth_N).astype(np.float64)
    log_loss_N = -np.log(np.clip(right_N, CLIP, 1.0))
    square_N = np.einsum("nu,nu->n", probabilities_NU, probabilities_NU, dtype=np.float64)
    brier_N = square_N - 2 * right_N + 1
    columns = (present_N, np.where(present_N, log_loss_N, 0), np.where(present_N, brier_N, 0), ~present_N)
    sums_R4 = np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1)
    metric = partial(Metric, num_samples=lambda sums: sums[..., 0], num_unscored=lambda sums: sums[..., 3])
    return Tally(
        sums_R4,
        (
            metric(
                facts=LOG_LOSS,
                value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
                gradient=FractionGradient([0, 1, 0, 0], [1, 0, 0, 0]),
            ),
            metric(
                facts=BRIER,
                value=lambda sums: ratio(sums[..., 2], sums[..., 0]),
                gradient=FractionGradient([0, 0, 1, 0], [1, 0, 0, 0]),
            ),
        ),
    )
