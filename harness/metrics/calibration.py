"""Expected calibration error, from per-subject sums over bins of confidence.

Shapes: N samples, S subjects, U classes. The statistics of a subject: per bin the samples, Σ confidence
and Σ right, and at the end the samples without probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.metrics.additive import Family, Floats, Ints, Metric, ratio, sum_by_subject

NUM_BINS = 15


def calibration(subject_N: Ints, truth_N: Ints, probabilities_NU: Floats, *, num_subjects: int) -> Family:
    """Sum the bins, and name the metric ``ece``.

    ECE = Σ_bins n_bin / n · |mean right - mean confidence| over 15 bins of equal width of the highest class
    probability, each closed above (Guo et al. 2017, arXiv:1706.04599, equation 3). A sample is right where the
    class of highest probability is the truth.

    Args:
        subject_N: 0 … S - 1.
        truth_N: 0 … U - 1.
        probabilities_NU: rows of NaN where there are none: left out, and counted.
        num_subjects: S.
    """
    present_N = ~np.isnan(probabilities_NU[:, 0])
    subject, probabilities = subject_N[present_N], probabilities_NU[present_N]
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == truth_N[present_N]
    bin_index = np.clip(np.ceil(confidence * NUM_BINS).astype(np.int64) - 1, 0, NUM_BINS - 1)
    cell = subject * NUM_BINS + bin_index
    binned = [sum_by_subject(cell, values, num_subjects * NUM_BINS) for values in (right >= 0, confidence, right)]
    unscored_S = sum_by_subject(subject_N, ~present_N, num_subjects)
    sums_SF = np.concatenate(
        [*(sums.reshape(num_subjects, NUM_BINS) for sums in binned), unscored_S[:, None]], axis=1
    )
    return Family(
        sums_SF,
        (Metric(name="ece", value=ece, num_samples=_num_samples, num_unscored=lambda sums: sums[..., -1]),),
    )


def ece(sums_F: Floats) -> Floats:
    """Expected calibration error, 0 to 1; its expectation is above zero for a calibrated model of finite data."""
    confidence, right = sums_F[..., NUM_BINS : 2 * NUM_BINS], sums_F[..., 2 * NUM_BINS : 3 * NUM_BINS]
    return ratio(np.abs(right - confidence).sum(-1), _num_samples(sums_F))


@dataclass(frozen=True)
class Bin:
    """The samples whose confidence lies above ``low`` and at most at ``high``."""

    low: float
    high: float
    num_samples: int
    confidence: float
    right: float


def reliability(sums_F: Floats) -> list[Bin]:
    """The bins that hold samples, with their mean confidence and the share that is right: what ECE compares.

    Args:
        sums_F: the statistics of `calibration`, summed over subjects.
    """
    num, confidence, right = sums_F[: 3 * NUM_BINS].reshape(3, NUM_BINS)
    return [
        Bin(i / NUM_BINS, (i + 1) / NUM_BINS, int(num[i]), float(confidence[i] / num[i]), float(right[i] / num[i]))
        for i in np.flatnonzero(num).tolist()
    ]


def _num_samples(sums_F: Floats) -> Floats:
    total: Floats = sums_F[..., :NUM_BINS].sum(-1)
    return total
