"""Selective prediction: how much the error rate falls if only confident answers are kept.

Shapes: N samples, R rows, H bins of confidence, the most confident first. The statistics of a row: the samples and
the wrong answers in each bin and those before it; last, the samples without a confidence. These running totals are
additive like counts per bin, and of resampled rows they need not be totalled again, which took most of the time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.quantiles import bin_of
from harness.metrics.tally import Metric, Tally, or_zero, ratio, sum_by_row

NUM_RISK_BINS = 128
AT_COVERAGE = 0.8

_RISK = partial(MetricFacts, better="lower", needs=("labels", "probabilities"), binned=True)

AURC = _RISK(
    name="aurc",
    title="AURC",
    meaning="area under the risk-coverage curve: mean error rate if only the most confident answers are kept; "
    "lower is better",
    order=140,
)
RISK_AT_80 = _RISK(
    name="risk_at_80",
    title="Risk at 80\N{NO-BREAK SPACE}%",
    meaning="error rate of the 80\N{NO-BREAK SPACE}% most confident scored samples; lower is better",
    order=150,
)
FACTS = (AURC, RISK_AT_80)


def selective(
    row_N: Ints, confidence_N: Floats, right_N: npt.NDArray[np.bool_], *, num_rows: int, edges: Floats
) -> Tally:
    """Count wrong answers by confidence for the metrics ``aurc`` and ``risk_at_80``.

    Risk is the share of wrong answers among the most confident share of the scored samples (Geifman & El-Yaniv
    2017, arXiv:1705.08500). Within a bin, errors are taken as evenly distributed. The edges are those of the
    run. As each bin holds at most 1 / H of its samples, a group with a share s of them fills at least s H bins,
    wherever its confidence lies. Of 20,000 samples, groups whose confidence lies within 2 % of the run's range
    are off by 0.0002 (s = 0.5), 0.002 (0.1), 0.003 (0.05) or 0.004 (0.02) on average, and by at most 0.001,
    0.005, 0.007 and 0.015, a third of their standard errors.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        confidence_N: the highest class probability; NaN if there is none: excluded, and counted as unscored.
        right_N: whether the class of highest probability is the truth.
        num_rows: R.
        edges: the H - 1 inner edges, see `harness.metrics.quantiles.equal_mass_edges`.
    """
    present_N = ~np.isnan(confidence_N)
    num_bins = len(edges) + 1
    cell = (row_N[present_N] + 1) * num_bins - 1 - bin_of(confidence_N[present_N], edges)
    sums_RF = np.empty((num_rows, 2 * num_bins + 1))
    for start, cells in ((0, cell), (num_bins, cell[~right_N[present_N]])):
        counts = np.bincount(cells, minlength=num_rows * num_bins).reshape(num_rows, num_bins)
        sums_RF[:, start : start + num_bins] = counts.cumsum(-1)
    sums_RF[:, -1] = sum_by_row(row_N, ~present_N, num_rows)
    metric = partial(Metric, num_samples=_num_samples, num_unscored=lambda sums: sums[..., -1])
    return Tally(
        sums_RF,
        (
            metric(facts=AURC, value=aurc, gradient=aurc_gradient),
            metric(
                facts=RISK_AT_80,
                value=partial(risk_at, share=AT_COVERAGE),
                gradient=partial(risk_at_gradient, share=AT_COVERAGE),
            ),
        ),
    )


def aurc(sums_F: Floats) -> Floats:
    """Area under the risk-coverage curve: the mean of the risk over coverages from 0 to 1.

    With N samples and W wrong ones above a bin of n samples, w of them wrong, the integral of the risk over the
    bin is w + (W - w N / n) · ln((N + n) / N); it is w for the first bin with samples, and 0 for an empty one.
    """
    num, wrong, num_above, wrong_above = _bins(sums_F)
    excess = wrong_above - wrong * num_above / np.where(num > 0, num, 1.0)
    log = np.log1p(num / np.where(num_above > 0, num_above, 1.0))
    return np.clip(ratio((wrong + excess * log).sum(-1), _num_samples(sums_F)), 0.0, 1.0)


def aurc_gradient(sums_F: Floats) -> Floats:
    """The derivative of `aurc` with respect to each statistic."""
    num, wrong, num_above, wrong_above = _bins(sums_F)
    started = (num > 0) & (num_above > 0)
    inside, above = np.where(started, 1.0, 0.0), np.where(started, num_above, 1.0)
    excess = inside * (wrong_above - wrong * above / np.where(started, num, 1.0))
    log = inside * np.log1p(np.where(started, num, 0.0) / above)
    per_end = excess / (above + np.where(started, num, 1.0))
    slope = or_zero(ratio(wrong, num))
    of_above = per_end - excess / above - slope * log
    by_wrong = 1 - or_zero(ratio(above, num)) * log + _after(log)
    by_num = per_end + slope * or_zero(ratio(above, num)) * log + _after(of_above)
    return _by_total(sums_F, by_num - aurc(sums_F)[..., None], by_wrong, _num_samples(sums_F)[..., None])


def risk_at(sums_F: Floats, share: float) -> Floats:
    """The share of wrong answers among the ``share`` of samples with the highest confidence."""
    num, wrong = _totals(sums_F)
    kept = share * num[..., -1:]
    last = np.minimum(np.count_nonzero(num <= kept, axis=-1, keepdims=True), num.shape[-1] - 1)
    num_above, wrong_above = (_up_to(total, last - 1) for total in (num, wrong))
    num_last, wrong_last = _up_to(num, last) - num_above, _up_to(wrong, last) - wrong_above
    of_bin = or_zero(ratio(kept - num_above, num_last))
    return ratio(wrong_above + wrong_last * of_bin, kept)[..., 0]


def risk_at_gradient(sums_F: Floats, share: float) -> Floats:
    """The derivative of `risk_at` with respect to each statistic."""
    num, wrong, num_above, _ = _bins(sums_F)
    kept = share * _num_samples(sums_F)[..., None]
    inside = kept - num_above
    of_bin = or_zero(np.clip(ratio(inside, num), 0.0, 1.0))
    last = np.where((inside > 0) & (inside <= num), or_zero(ratio(wrong, num)), 0.0)
    by_num = share * last.sum(-1, keepdims=True) - _after(last) - last * of_bin
    risk = risk_at(sums_F, share)[..., None]
    return _by_total(sums_F, by_num - share * risk, of_bin, kept)


@dataclass(frozen=True)
class RiskPoint:
    """A point of the risk-coverage curve: the share answered, and the share of these answers that is wrong."""

    coverage: float
    risk: float


def risk_coverage(sums_F: Floats) -> list[RiskPoint]:
    """The curve, from the most confident bin to all samples.

    Args:
        sums_F: the statistics of `selective`, summed over rows.
    """
    num, wrong = _totals(sums_F)
    first = np.flatnonzero(np.diff(num, prepend=0.0))
    return [RiskPoint(float(num[i] / num[-1]), float(wrong[i] / num[i])) for i in first.tolist()]


def _totals(sums_F: Floats) -> tuple[Floats, Floats]:
    """Samples and wrong answers in each bin and all before it, ``[..., H]``."""
    num_bins = (sums_F.shape[-1] - 1) // 2
    return sums_F[..., :num_bins], sums_F[..., num_bins : 2 * num_bins]


def _bins(sums_F: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Samples and wrong answers in each bin, and in all bins before it."""
    num, wrong = _totals(sums_F)
    num_above, wrong_above = np.zeros(num.shape), np.zeros(wrong.shape)
    num_above[..., 1:], wrong_above[..., 1:] = num[..., :-1], wrong[..., :-1]
    return num - num_above, wrong - wrong_above, num_above, wrong_above


def _up_to(totals: Floats, bin_: Ints) -> Floats:
    """The total up to one bin ``[..., 1]``; 0 for bin -1."""
    return np.where(bin_ < 0, 0.0, np.take_along_axis(totals, np.maximum(bin_, 0), axis=-1))


def _after(values: Floats) -> Floats:
    """The sum of all later entries, along the last axis."""
    total: Floats = values.sum(-1, keepdims=True) - np.cumsum(values, -1)
    return total


def _by_total(sums_F: Floats, by_num: Floats, by_wrong: Floats, denominator: Floats) -> Floats:
    """Derivatives with respect to counts per bin, divided by the denominator, as those by the running totals.

    One more in the total of a bin, and no more in the next total, is one more in the bin and one less in the next.
    """
    by_bin = [or_zero(ratio(of_bins, denominator)) for of_bins in (by_num, by_wrong)]
    by_total = [-np.diff(of_bins, append=0.0) for of_bins in by_bin]
    return np.concatenate([*by_total, np.zeros_like(sums_F[..., -1:])], axis=-1)


def _num_samples(sums_F: Floats) -> Floats:
    return _totals(sums_F)[0][..., -1]
