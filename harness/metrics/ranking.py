"""Area under the ROC curve of two classes, from per-row histograms of the score.

Shapes: N samples, R rows, H bins of the score, ascending. The statistics of a row: twice the negatives below each
bin, of which those in the bin itself count half; the positives in each bin; last, the negatives, the positives,
and the samples without a score. They are additive like a histogram, and need no running totals of resamples.
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

    Otherwise it is off by at most ½ Σ p n over bins, where p and n are the shares of the positives and of the
    negatives in a bin. The edges are those of the run. As each bin holds at most 1 / H of its samples, a group
    with a share s of them fills at least s H bins, wherever its scores lie, and is off by at most 1 / (s H). Of
    20,000 samples, groups whose scores all lie within 2 % of the run's range are measured too low by 0.0001 (s
    = 0.1), 0.0003 (0.05) or 0.0015 (0.02) on average with 512 bins, far below their standard errors; with 64,
    which only runs of 78,000 subjects and more have, by 0.006, 0.017 and 0.06.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        positive_N: whether the sample is of the positive class.
        score_N: higher for the positive class; NaN if there is none: excluded, and counted as unscored.
        num_rows: R.
        edges: the H - 1 inner edges, see `harness.metrics.quantiles.equal_mass_edges`.
    """
    present_N = ~np.isnan(score_N)
    num = len(edges) + 1
    negative_RH, positive_RH = _histograms(
        row_N[present_N], positive_N[present_N], bin_of(score_N[present_N], edges), num_rows, num
    )
    below_RH = 2 * negative_RH.cumsum(-1) - negative_RH
    numbers_R3 = np.stack([negative_RH.sum(-1), positive_RH.sum(-1), sum_by_row(row_N, ~present_N, num_rows)], -1)
    metric = Metric(
        facts=AUC,
        value=_auc,
        num_samples=lambda sums: sums[..., -3] + sums[..., -2],
        num_unscored=lambda sums: sums[..., -1],
        chance=lambda sums: np.full(sums.shape[:-1], 0.5),
        gradient=_auc_gradient,
    )
    return Tally(np.concatenate([below_RH, positive_RH, numbers_R3], axis=1), (metric,))


def _histograms(
    row_N: Ints, positive_N: np.typing.NDArray[np.bool_], bin_N: Ints, num_rows: int, num_bins: int
) -> tuple[Floats, Floats]:
    """The negatives and the positives per row and bin, each ``[R, H]``."""
    cell_N = (row_N * 2 + positive_N) * num_bins + bin_N
    counts = np.bincount(cell_N, minlength=num_rows * 2 * num_bins).astype(np.float64)
    negative_RH, positive_RH = np.moveaxis(counts.reshape(num_rows, 2, num_bins), 1, 0)
    return negative_RH, positive_RH


def _auc(sums_F: Floats) -> Floats:
    below, positive, num_negative, num_positive = _parts(sums_F)
    return ratio((positive * below).sum(-1), 2 * num_positive * num_negative)


def _auc_gradient(sums_F: Floats) -> Floats:
    below, positive, num_negative, num_positive = (
        part if part.ndim == sums_F.ndim else part[..., None] for part in _parts(sums_F)
    )
    twice_pairs = 2 * num_positive * num_negative
    value = _auc(sums_F)[..., None]
    of_bins = [ratio(positive, twice_pairs), ratio(below, twice_pairs)]
    of_numbers = [-ratio(value, num_negative), -ratio(value, num_positive), np.zeros_like(num_negative)]
    gradient_F = np.concatenate([*of_bins, *of_numbers], axis=-1)
    return np.where(np.isfinite(gradient_F), gradient_F, 0.0)


def _parts(sums_F: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Twice the negatives below, and the positives, of each bin; then the numbers of negatives and positives."""
    num_bins = (sums_F.shape[-1] - 3) // 2
    return sums_F[..., :num_bins], sums_F[..., num_bins : 2 * num_bins], sums_F[..., -3], sums_F[..., -2]
