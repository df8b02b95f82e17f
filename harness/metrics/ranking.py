"""Area under the ROC curve of two classes, from per-row histograms of the score.

Shapes: N samples, R rows, H bins of the score, ascending. The statistics of a row: the negatives in each bin and
those before it, which of resampled rows need not be totalled again; the positives in each bin; last, the samples
without a score.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.quantiles import bin_of
from harness.metrics.tally import Metric, Tally, ratio, sum_by_row

MAX_BINS = 512
MAX_HISTOGRAM_CELLS = 10_000_000
"""Limits the memory of the histograms for very many subjects; there are at least 64 bins."""

AUC = MetricFacts(
    name="auc",
    title="AUC",
    meaning="area under the ROC curve: how well the scores separate the two classes; scored samples only",
    better="higher",
    chance="0.5",
    needs=("labels", "scores", "two_classes"),
    compared=True,
    binned=True,
    shown=Shown.HEADLINE,
    order=50,
    lead=3,
)
FACTS = (AUC,)


def num_bins(num_subjects: int) -> int:
    """The number of score bins for a number of subjects."""
    return max(64, min(MAX_BINS, MAX_HISTOGRAM_CELLS // (2 * max(num_subjects, 1))))


def ranking(
    row_N: Ints, positive_N: np.typing.NDArray[np.bool_], score_N: Floats, *, num_rows: int, edges: Floats
) -> Tally:
    """Count scores for the metric ``auc``.

    The value is the share of (positive, negative) pairs in which the positive has the higher score; two scores in
    the same bin are a tie, and ties count half. It is exact if every distinct score has its own bin.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        positive_N: whether the sample is of the positive class.
        score_N: higher for the positive class; NaN if there is none: excluded, and counted as unscored.
        num_rows: R.
        edges: the H - 1 inner edges, see `harness.metrics.quantiles.equal_mass_edges`.
    """
    present_N = ~np.isnan(score_N)
    num = len(edges) + 1
    counts_RF = _histogram(
        row_N[present_N], positive_N[present_N], bin_of(score_N[present_N], edges), num_rows, num
    )
    unscored_R = sum_by_row(row_N, ~present_N, num_rows)
    metric = Metric(
        facts=AUC,
        value=lambda sums: _auc(sums[..., :-1], num),
        num_samples=lambda sums: sums[..., num - 1 : -1].sum(-1),
        num_unscored=lambda sums: sums[..., -1],
        chance=lambda sums: np.full(sums.shape[:-1], 0.5),
        gradient=_auc_gradient,
    )
    return Tally(np.concatenate([counts_RF, unscored_R[:, None]], axis=1), (metric,))


def _histogram(
    row_N: Ints, positive_N: np.typing.NDArray[np.bool_], bin_N: Ints, num_rows: int, num_bins: int
) -> Floats:
    """``[R, 2 H]``: the negatives up to each bin, then the positives per bin."""
    cell_N = (row_N * 2 + positive_N) * num_bins + bin_N
    counts_R2H = np.bincount(cell_N, minlength=num_rows * 2 * num_bins).reshape(num_rows, 2, num_bins)
    return np.concatenate([counts_R2H[:, 0].cumsum(-1), counts_R2H[:, 1]], axis=1).astype(np.float64)


def _auc(counts_F: Floats, num_bins: int) -> Floats:
    negatives, positive = counts_F[..., :num_bins], counts_F[..., num_bins:]
    return ratio((positive * _below(negatives)).sum(-1), positive.sum(-1) * negatives[..., -1])


def _below(negatives: Floats) -> Floats:
    """The negatives below a sample of each bin: those of lower bins, and half of its own."""
    below = negatives / 2
    below[..., 1:] += negatives[..., :-1] / 2
    return below


def _auc_gradient(sums_F: Floats) -> Floats:
    num_bins = (sums_F.shape[-1] - 1) // 2
    negatives, positive = sums_F[..., :num_bins], sums_F[..., num_bins : 2 * num_bins]
    num_negative, num_positive = negatives[..., -1:], positive.sum(-1, keepdims=True)
    value = _auc(sums_F[..., :-1], num_bins)[..., None]
    above = num_positive - np.cumsum(positive, axis=-1) + positive / 2
    by_negative = ratio(above - value * num_positive, num_positive * num_negative)
    by_positive = ratio(_below(negatives) - value * num_negative, num_positive * num_negative)
    # One more up to a bin, and no more up to the next, is one more in the bin and one less in the next.
    by_negatives = -np.diff(by_negative, append=0.0)
    gradient_F = np.concatenate([by_negatives, by_positive, np.zeros_like(sums_F[..., -1:])], axis=-1)
    return np.where(np.isfinite(gradient_F), gradient_F, 0.0)
