"""Class probabilities measured against the distribution of raters' votes, from sums.

With q the shares of a sample's votes and p the system's probabilities, over all classes that either knows: a class
that the system cannot answer has the probability 0, one that nobody voted for the share 0. Probabilities are
divided by their sum, which may be off by a thousandth. Logarithms take p as at least `CLIP`, as the log-loss does;
where all raters agree, cross-entropy is the log-loss of their label.

Shapes: N samples, R rows (see `harness.metrics.tally`), K classes that the system knows or somebody voted for. The
statistics of a row: rated samples with probabilities, the sums of the five distances, rated samples without.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.probabilistic import CLIP
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

_DISTANCE = partial(MetricFacts, better="lower", needs=("labels", "probabilities", "votes"), shown=Shown.RESULTS)
_RATED = "rated samples with a score only; lower is better"

CROSS_ENTROPY = _DISTANCE(
    name="cross_entropy",
    title="Cross-entropy, votes",
    meaning="mean negative log probability of the votes, in nats: Σ q log(1/p) of their shares q and the "
    f"probabilities p, at least their entropy; {_RATED}",
    high=-float(np.log(CLIP)),
    shown=Shown.TRACKED,
    order=320,
)
KL_DIVERGENCE = _DISTANCE(
    name="kl_divergence",
    title="KL divergence, votes",
    meaning=f"cross-entropy minus the entropy of the votes, Σ q log(q/p), in nats; {_RATED}, 0 is perfect",
    high=-float(np.log(CLIP)),
    shown=Shown.TRACKED,
    order=322,
)
JS_DIVERGENCE = _DISTANCE(
    name="js_divergence",
    title="Jensen-Shannon, votes",
    meaning=f"mean KL divergence of votes and probabilities from their mean, in bits; {_RATED}, 0 is perfect",
    order=324,
)
TOTAL_VARIATION = _DISTANCE(
    name="total_variation",
    title="Total variation, votes",
    meaning=f"half of Σ |p - q|, the share of the votes that would have to move; {_RATED}, 0 is perfect",
    order=326,
)
BRIER_VOTES = _DISTANCE(
    name="brier_votes",
    title="Brier score, votes",
    meaning=f"squared distance of the probabilities from the shares of the votes; {_RATED}, 0 is perfect",
    high=2.0,
    order=328,
)
FACTS = (CROSS_ENTROPY, KL_DIVERGENCE, JS_DIVERGENCE, TOTAL_VARIATION, BRIER_VOTES)


def soft_labels(row_N: Ints, probabilities_NK: Floats, votes_NK: Floats, *, num_rows: int) -> Tally:
    """Sum the distances between probabilities and shares of votes.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        probabilities_NK: rows of NaN if there are none: excluded, and counted as unscored.
        votes_NK: how many raters chose each class, in the same columns; rows without votes count for nothing.
        num_rows: R.
    """
    total_N = votes_NK.sum(1)
    rated_N, scored_N = total_N > 0, ~np.isnan(probabilities_NK[:, 0])
    known_N = rated_N & scored_N
    q_MK = votes_NK[known_N] / total_N[known_N, None]
    distances = np.zeros((len(FACTS), len(row_N)))
    p_MK = np.ascontiguousarray(probabilities_NK[known_N], dtype=np.float64)
    distances[:, known_N] = _distances(p_MK / p_MK.sum(1, keepdims=True), q_MK)
    columns = (known_N, *distances, rated_N & ~scored_N)
    sums_RF = np.stack([sum_by_row(row_N, column, num_rows) for column in columns], axis=-1)
    each = np.eye(len(columns))
    return Tally(
        sums_RF,
        tuple(
            Metric(
                facts=facts,
                value=partial(_mean, index=index),
                num_samples=lambda sums: sums[..., 0],
                num_unscored=lambda sums: sums[..., -1],
                gradient=FractionGradient(each[index], each[0]),
            )
            for index, facts in enumerate(FACTS, start=1)
        ),
    )


def _distances(p_MK: Floats, q_MK: Floats) -> Floats:
    """The distances ``[5, M]``, in the order of `FACTS`."""
    log_q = np.log(np.where(q_MK > 0, q_MK, 1.0))
    cross_M = -(q_MK * np.log(np.clip(p_MK, CLIP, 1.0))).sum(1)
    # Below zero by a rounding error, or where probabilities are raised to `CLIP`.
    divergence_M = np.maximum(cross_M + (q_MK * log_q).sum(1), 0.0)
    return np.stack(
        [
            cross_M,
            divergence_M,
            _jensen_shannon(p_MK, q_MK),
            0.5 * np.abs(p_MK - q_MK).sum(1),
            ((p_MK - q_MK) ** 2).sum(1),
        ]
    )


def _jensen_shannon(p_MK: Floats, q_MK: Floats) -> Floats:
    """The Jensen-Shannon divergence in bits ``[M]`` (Lin 1991, doi:10.1109/18.61115)."""
    mean_MK = (p_MK + q_MK) / 2

    def from_mean(part_MK: Floats) -> Floats:
        there = part_MK > 0
        terms_MK = np.zeros_like(part_MK)
        terms_MK[there] = part_MK[there] * np.log2(part_MK[there] / mean_MK[there])
        total: Floats = terms_MK.sum(1)
        return total

    return np.clip((from_mean(p_MK) + from_mean(q_MK)) / 2, 0.0, 1.0)


def _mean(sums_F: Floats, index: int) -> Floats:
    return ratio(sums_F[..., index], sums_F[..., 0])
