"""Bounds of a difference between two groups, worked from the two rates and their standard errors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, logit

from harness.arrays import Floats
from harness.metrics.tally import ratio
from harness.statistics.contrasts import Contrasts
from harness.statistics.intervals import Range
from harness.statistics.max_t import Design, contrasts
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Additive, Rows

SIZES, CLIPS = (7, 12), 40


def share(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def compared(within: Range | None) -> tuple[Contrasts, list[Floats]]:
    """The comparison of two groups with high rates, and the rate of each of their subjects."""
    rng = np.random.default_rng(0)
    right = rng.binomial(CLIPS, np.concatenate([rng.beta(14, 1, SIZES[0]), rng.beta(8, 2, SIZES[1])]))
    rows = Rows(np.arange(19), np.repeat([0, 1], SIZES), 19, 2)
    design = Design(np.eye(2, dtype=bool), np.array([[1.0, -1.0]]))
    statistics = np.stack([right, np.full(19, CLIPS)], axis=1).astype(np.float64)
    among = AmongSubjects(rows.subject, rows.label)
    found = contrasts(Additive(statistics, share, within=within), rows, design, among, draws=999, seed=0)
    return found, [right[: SIZES[0]] / CLIPS, right[SIZES[0] :] / CLIPS]


def test_a_metric_without_a_range_has_bounds_at_equal_distances() -> None:
    found, (first, second) = compared(None)
    deviate = float(found.critical_deviates(0.95)[0])
    welch = stats.ttest_ind(first, second, equal_var=False)
    error = (first.mean() - second.mean()) / welch.statistic
    (lo,), (hi,) = found.bounds(0.95)
    assert (hi + lo) / 2 == pytest.approx(first.mean() - second.mean())
    # The degrees of freedom are Welch's to half of one.
    assert (hi - lo) / 2 == pytest.approx(stats.t.isf(stats.norm.sf(deviate), welch.df) * error, rel=3e-3)


def test_bounds_of_rates_are_those_of_the_scale_on_which_they_reach_further() -> None:
    """On the logit scale errors are divided by p (1 - p), and each group moves by its share of the variance."""
    found, groups = compared(Range(0.0, 1.0))
    deviate = float(found.critical_deviates(0.95)[0])
    rates = np.array([group.mean() for group in groups])
    errors = np.array([stats.sem(group) for group in groups])
    own = found.value[0] + np.array([-1, 1]) * found.own.half_width(np.array([deviate]))[0, 0]
    variances = (errors / (rates * (1 - rates))) ** 2
    freedom = variances.sum() ** 2 / (variances**2 / (np.array(SIZES) - 1)).sum()
    moved = stats.t.isf(stats.norm.sf(deviate), freedom) * np.sqrt(variances.sum()) * variances / variances.sum()
    left, right = (logit(rates)[:, None] + np.array([[-1, 1], [1, -1]]) * moved[:, None]).tolist()
    on_logit = expit(left) - expit(right)
    (lo,), (hi,) = found.bounds(0.95)
    assert lo == pytest.approx(min(own[0], on_logit[0]), abs=1e-3)
    assert hi == pytest.approx(max(own[1], on_logit[1]), abs=1e-3)
    assert on_logit[0] < own[0] - 0.01
