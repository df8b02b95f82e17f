"""Calibration error of the confidence, from per-row sums over equal-mass bins.

Shapes: N samples, R rows, B bins. The statistics of a row: per bin the number of samples, Σ confidence and Σ
right, then per bin the squares of (Σ right - Σ confidence) and of the number of samples; last, the samples without
a confidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.quantiles import bin_of
from harness.metrics.tally import Metric, Tally, ratio, sum_by_row

NUM_CALIBRATION_BINS = 15

_CALIBRATION = partial(
    MetricFacts,
    better="lower",
    needs=("labels", "probabilities"),
    compared=True,
    # With 12 groups of 200 subjects with very unequal numbers of clips, Student's t gives false alarms in 15 % of
    # studies, permutations in 5 % (benchmarks/validity).
    always_permuted=True,
    binned=True,
)

ECE = _CALIBRATION(
    name="ece",
    title="ECE",
    meaning="expected calibration error: the mean distance between confidence and accuracy over 15 equal-mass "
    "bins; scored samples only; lower is better, 0 is perfect",
    # It counts noise as error, and more so with fewer samples: between groups with 15 and 100 clips per subject
    # that are equally well calibrated, 58 % of studies find a difference (benchmarks/validity).
    size_bias="biased upwards in the group with fewer samples; calibration_error_sq is not",
    interval="mirrored_squares",
    shown=Shown.TERMINAL,
    order=120,
)
CALIBRATION_ERROR_SQ = _CALIBRATION(
    name="calibration_error_sq",
    title="Calibration error, squared",
    meaning="squared calibration error without the bias of ECE: 0 on average for a calibrated system, even with "
    "few samples; groups and systems are compared by its root; lower is better",
    low=-1.0,
    squared=True,
    interval="mirrored",
    order=130,
)
FACTS = (ECE, CALIBRATION_ERROR_SQ)


def calibration(
    row_N: Ints, confidence_N: Floats, right_N: npt.NDArray[np.bool_], *, num_rows: int, edges: Floats
) -> Tally:
    """Sum the bins for the metrics ``ece`` and ``calibration_error_sq``.

    The bins have equal mass (Nixon et al. 2019, arXiv:1904.01685): with bins of equal width (Guo et al. 2017,
    arXiv:1706.04599) a confident model has nearly all samples in the last bin. The edges are those of the whole
    run, so that all groups are measured with the same bins.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        confidence_N: the highest class probability; NaN if there is none: excluded, and counted as unscored.
        right_N: whether the class of highest probability is the truth.
        num_rows: R.
        edges: the B - 1 inner edges, see `harness.metrics.quantiles.equal_mass_edges`; infinite above the last.
    """
    present_N = ~np.isnan(confidence_N)
    row, confidence, right = row_N[present_N], confidence_N[present_N], right_N[present_N]
    num_bins = len(edges) + 1
    cell = row * num_bins + bin_of(confidence, edges)
    binned = [sum_by_row(cell, values, num_rows * num_bins) for values in (right >= 0, confidence, right)]
    unscored_R = sum_by_row(row_N, ~present_N, num_rows)
    empty = np.zeros((num_rows, 2 * num_bins))
    sums_RF = np.concatenate(
        [*(sums.reshape(num_rows, num_bins) for sums in binned), empty, unscored_R[:, None]], axis=1
    )
    metric = partial(Metric, num_samples=_num_samples, num_unscored=lambda sums: sums[..., -1])
    return Tally(
        with_squares(sums_RF),
        (
            metric(facts=ECE, value=ece, gradient=ece_gradient),
            metric(facts=CALIBRATION_ERROR_SQ, value=squared_error, gradient=squared_error_gradient),
        ),
        complete=with_squares,
    )


def with_squares(sums_RF: Floats) -> Floats:
    """The rows with the squares of their sums, which let `squared_error` exclude pairs within a row."""
    num, confidence, right = _bins(sums_RF)[:3]
    return np.concatenate([num, confidence, right, (right - confidence) ** 2, num**2, sums_RF[..., -1:]], axis=-1)


def ece(sums_F: Floats) -> Floats:
    """Expected calibration error, Σ_bins n_bin / n · |mean right - mean confidence| (Guo et al. 2017, equation 3).

    For a calibrated model its expectation is above zero in finite samples, and more so the fewer there are, so a
    small group seems worse calibrated than a large one. `squared_error` does not have this bias.
    """
    _, confidence, right = _bins(sums_F)[:3]
    return ratio(np.abs(right - confidence).sum(-1), _num_samples(sums_F))


def ece_gradient(sums_F: Floats) -> Floats:
    """The derivative of `ece` with respect to each statistic."""
    num, confidence, right = _bins(sums_F)[:3]
    error = right - confidence
    total = _divisor(num.sum(-1, keepdims=True))
    per_sample = np.sign(error) / total
    gradient_F = np.zeros(sums_F.shape)
    by_num, by_confidence, by_right = _bins(gradient_F)[:3]
    by_num[:] = -(np.abs(error).sum(-1, keepdims=True) / total) / total
    np.negative(per_sample, out=by_confidence)
    by_right[:] = per_sample
    return gradient_F


def squared_error(sums_F: Floats) -> Floats:
    """Squared calibration error, debiased: Σ_bins n_bin / n · (mean right - mean confidence)².

    The square is estimated from products of different rows only. Within a bin its expectation therefore does
    not depend on the number of subjects, however correlated the samples of one subject are: for a calibrated
    model it is zero, and single values may be negative. It is the debiased estimator of Kumar et al. (2019,
    arXiv:1909.10155, section 4.1) with the subject in place of the sample. Bins with one subject are excluded;
    NaN if all are.
    """
    square, weight, _ = _squares(sums_F)
    return np.clip(ratio((weight * square).sum(-1), weight.sum(-1)), -1.0, 1.0)


def squared_error_gradient(sums_F: Floats) -> Floats:
    """The derivative of `squared_error` with respect to each statistic."""
    num, confidence, right, _, _ = _bins(sums_F)
    square, weight, pairs = _squares(sums_F)
    total = _divisor(weight.sum(-1, keepdims=True))
    value = (weight * square).sum(-1, keepdims=True) / total
    per_pair = weight / pairs
    gradient_F = np.zeros(sums_F.shape)
    by_num, by_confidence, by_right, by_own_square, by_own_pairs = _bins(gradient_F)
    by_num[:] = np.where(weight > 0, square - value - 2 * square * num * per_pair, 0.0)
    np.multiply(2 * (right - confidence), per_pair, out=by_right)
    np.negative(by_right, out=by_confidence)
    np.negative(per_pair, out=by_own_square)
    np.multiply(square, per_pair, out=by_own_pairs)
    gradient_F /= total
    return gradient_F


@dataclass(frozen=True)
class Bin:
    """The samples whose confidence lies above ``low`` and at most at ``high``."""

    low: float
    high: float
    num_samples: int
    confidence: float
    right: float


def reliability(sums_F: Floats, edges: Floats) -> list[Bin]:
    """The non-empty bins with their mean confidence and the share of right answers, which ECE compares.

    Args:
        sums_F: the statistics of `calibration`, summed over rows.
        edges: the inner edges that they were counted with.
    """
    num, confidence, right = _bins(sums_F)[:3]
    bounds = [0.0, *edges.tolist(), 1.0]
    return [
        Bin(
            bounds[i],
            min(bounds[i + 1], 1.0),
            int(num[i]),
            float(confidence[i] / num[i]),
            float(right[i] / num[i]),
        )
        for i in np.flatnonzero(num).tolist()
    ]


def _bins(sums_F: Floats) -> tuple[Floats, ...]:
    """Samples, Σ confidence, Σ right, and the two squares, each ``[..., B]``."""
    num_bins = (sums_F.shape[-1] - 1) // 5
    return tuple(sums_F[..., i * num_bins : (i + 1) * num_bins] for i in range(5))


def _squares(sums_F: Floats) -> tuple[Floats, Floats, Floats]:
    """For each bin with several rows: debiased square, samples, pairs of different rows; else 0, 0, infinity."""
    num, confidence, right, own_square, own_pairs = _bins(sums_F)
    pairs = num**2 - own_pairs
    several = pairs > 0.5
    pairs = np.where(several, pairs, np.inf)
    return ((right - confidence) ** 2 - own_square) / pairs, np.where(several, num, 0.0), pairs


def _divisor(total: Floats) -> Floats:
    """Infinity for zero: a gradient is zero where nothing is counted."""
    return np.where(total == 0, np.inf, total)


def _num_samples(sums_F: Floats) -> Floats:
    total: Floats = _bins(sums_F)[0].sum(-1)
    return total
