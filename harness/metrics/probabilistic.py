"""Log-loss and Brier score of class probabilities, from sums.

Shapes: N samples, R rows (see `harness.metrics.tally`), U classes (those of the labels, then those that only the
model has). The four statistics of a row: samples with probabilities, Σ log-loss, Σ Brier, samples without.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from harness.arrays import Ints, Scores
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

CLIP = float(np.finfo(np.float32).eps)
"""The lowest probability in the log-loss, as scores are stored in float32: the log-loss is at most 15.9."""

SUM_TOLERANCE = 1e-3

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


def are_probabilities(scores_NL: Scores) -> bool:
    """Whether all rows, except those of NaN, are non-negative and sum to 1 within `SUM_TOLERANCE`."""
    sums_N = scores_NL.sum(1, dtype=np.float64)
    return not (scores_NL < 0).any() and not (np.abs(sums_N - 1) > SUM_TOLERANCE).any()


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
    right_N = np.take_along_axis(probabilities_NU, truth_N[:, None], axis=1)[:, 0].astype(np.float64)
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
