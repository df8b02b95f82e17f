"""Area under the ROC curve of two classes, from per-subject histograms of the score.

Shapes: N samples, S subjects, H bins of the score.
"""

from __future__ import annotations

import numpy as np

from harness.metrics.additive import Family, Floats, Ints, Metric, ratio, sum_by_subject

MAX_BINS = 1024
MAX_CELLS = 10_000_000
"""Bounds the memory of the histograms of very many subjects; at least 64 bins are kept."""


def ranking(
    subject_N: Ints, positive_N: np.typing.NDArray[np.bool_], score_N: Floats, *, num_subjects: int
) -> Family:
    """Count scores, and name the metric ``auc``.

    The value is exact: the share of (positive, negative) pairs in which the positive has the higher score, ties
    counting half. Resamples are exact too up to `MAX_BINS` different scores; beyond, scores are binned at equal
    frequency, and what binning does to the whole is taken off every resample.

    Args:
        subject_N: 0 … S - 1.
        positive_N: whether the sample is of the positive class.
        score_N: higher speaks for the positive class; NaN where there is none: left out, and counted.
        num_subjects: S.
    """
    present_N = ~np.isnan(score_N)
    subject, positive, score = subject_N[present_N], positive_N[present_N], score_N[present_N]
    values, rank = np.unique(score, return_inverse=True)
    num_bins = min(len(values), max(64, min(MAX_BINS, MAX_CELLS // (2 * max(num_subjects, 1)))))
    histogram = _histogram(np.zeros(len(rank), dtype=np.int64), positive, rank, 1, len(values))
    exact = _auc(histogram[0], len(values))
    bin_index = _equal_frequency(rank, num_bins) if len(values) > num_bins else rank
    counts_SF = _histogram(subject, positive, bin_index, num_subjects, num_bins)
    offset = exact - _auc(counts_SF.sum(0), num_bins)
    unscored_S = sum_by_subject(subject_N, ~present_N, num_subjects)
    metric = Metric(
        name="auc",
        value=lambda sums: np.clip(_auc(sums[..., :-1], num_bins) + offset, 0.0, 1.0),
        num_samples=lambda sums: sums[..., :-1].sum(-1),
        num_unscored=lambda sums: sums[..., -1],
    )
    return Family(np.concatenate([counts_SF, unscored_S[:, None]], axis=1), (metric,))


def _histogram(
    subject_N: Ints, positive_N: np.typing.NDArray[np.bool_], bin_N: Ints, num_subjects: int, num_bins: int
) -> Floats:
    """Counts ``[S, 2 H]``: the negatives per bin, then the positives."""
    cell_N = (subject_N * 2 + positive_N) * num_bins + bin_N
    counts = np.bincount(cell_N, minlength=num_subjects * 2 * num_bins)
    return counts.reshape(num_subjects, 2 * num_bins).astype(np.float64)


def _equal_frequency(rank_N: Ints, num_bins: int) -> Ints:
    """Bins of about equal size; equal scores share a bin."""
    below = np.cumsum(np.bincount(rank_N)) - np.bincount(rank_N)
    return (below * num_bins // len(rank_N)).astype(np.int64)[rank_N]


def _auc(counts_F: Floats, num_bins: int) -> Floats:
    negative, positive = counts_F[..., :num_bins], counts_F[..., num_bins:]
    below = np.cumsum(negative, axis=-1) - negative / 2
    return ratio((positive * below).sum(-1), positive.sum(-1) * negative.sum(-1))
