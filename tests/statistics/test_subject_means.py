from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.intervals import Range
from harness.statistics.subject_means import (
    SHARE,
    mean_over_subjects,
    ratio_over_subjects,
    variance_over_subjects,
)

ANYTHING = Range(-np.inf, np.inf)


def test_one_sample_of_each_subject_gives_the_t_interval() -> None:
    values = np.random.default_rng(0).normal(0, 1, 20)
    value, interval = mean_over_subjects(values, np.arange(20) * 3, 0.95, ANYTHING)
    expected = stats.t.interval(0.95, 19, values.mean(), values.std(ddof=1) / np.sqrt(20))
    assert value == pytest.approx(values.mean())
    assert (interval.lo, interval.hi) == pytest.approx(expected)
    assert variance_over_subjects(values, np.arange(20)) == pytest.approx(values.var(ddof=1) / 20)


def test_samples_of_a_subject_count_as_one_mean() -> None:
    """Equal numbers of samples: the variance is that of the subjects' means."""
    values, subject = np.random.default_rng(1).normal(0, 1, 60), np.repeat(np.arange(12), 5)
    means = values.reshape(12, 5).mean(axis=1)
    assert variance_over_subjects(values, subject) == pytest.approx(means.var(ddof=1) / 12)


def test_who_is_alone_has_no_interval() -> None:
    value, interval = mean_over_subjects(np.array([0.0, 1.0]), np.array([7, 7]), 0.95, SHARE)
    assert (value, interval.lo, interval.reason) == (0.5, None, "1 subject: no interval")
    assert variance_over_subjects(np.array([0.0, 1.0]), np.array([7, 7])) == 0.0


def test_a_ratio_of_sums_has_the_interval_of_the_linearised_ratio() -> None:
    """With many subjects: the residuals' standard error over the mean of the denominator (Cochran 1977, 6.4)."""
    rng = np.random.default_rng(2)
    below = rng.uniform(1, 3, 400)
    above = 0.2 * below + rng.normal(0, 0.1, 400)
    value, interval = ratio_over_subjects(above, below, np.arange(400), 0.95, ANYTHING)
    assert value == pytest.approx(above.sum() / below.sum())
    error = (above - value * below).std(ddof=1) / np.sqrt(400) / below.mean()
    assert interval.lo is not None
    assert value - interval.lo == pytest.approx(1.966 * error, rel=0.01)
