from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.tail_quantiles import MIN_VALUES, expanded_tail, tail_quantiles


def quantiles(values_MB: np.ndarray, tail: float) -> tuple[np.ndarray, np.ndarray]:
    num = np.full(len(values_MB), values_MB.shape[1])
    return tail_quantiles(np.sort(values_MB, axis=1), num, np.full(len(values_MB), tail))


def test_of_a_normal_sample_in_its_place_they_are_the_normal_quantiles() -> None:
    """Order statistics at their normal scores lie on the line that is fitted."""
    score = stats.norm.ppf((np.arange(1000) + 0.5) / 1000)
    lo, hi = quantiles(0.3 + 0.1 * score[None], 0.01)
    assert lo == pytest.approx(0.3 - 0.1 * 2.326347874)
    assert hi == pytest.approx(0.3 + 0.1 * 2.326347874)


def test_equal_values_give_exactly_this_value() -> None:
    lo, hi = quantiles(np.full((1, 777), 0.1), 0.02)
    assert (lo[0], hi[0]) == (0.1, 0.1)


def test_beyond_the_lowest_value_the_line_is_read_there() -> None:
    """A tail of a billionth is not in 100 values; what is nearest is half a value."""
    score = stats.norm.ppf((np.arange(100) + 0.5) / 100)[None]
    assert quantiles(score, 1e-9)[0] == pytest.approx(stats.norm.ppf(0.005))


def test_only_the_first_values_count_and_too_few_give_nothing() -> None:
    score = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    rows = np.stack([np.append(score, np.full(50, np.nan)), np.full(250, np.nan)])
    lo, hi = tail_quantiles(rows, np.array([200, MIN_VALUES - 1]), np.array([0.05, 0.05]))
    assert (lo[0], hi[0]) == pytest.approx((-1.6448536, 1.6448536))
    assert np.isnan([lo[1], hi[1]]).all()


@pytest.mark.parametrize("tail", [0.025, 0.0086])
def test_they_vary_less_between_seeds_than_order_statistics_and_lie_in_the_same_place(tail: float) -> None:
    rng = np.random.default_rng(0)
    skewed = rng.gamma(20.0, size=(500, 2000))
    lo, hi = quantiles(skewed, tail)
    plain_lo, plain_hi = np.quantile(skewed, [tail, 1 - tail], axis=1)
    true_lo, true_hi = stats.gamma.ppf([tail, 1 - tail], 20.0)
    half = (true_hi - true_lo) / 2
    assert lo.std() < 0.9 * plain_lo.std()
    assert hi.std() < 0.9 * plain_hi.std()
    assert abs(lo.mean() - true_lo) < 0.01 * half
    assert abs(hi.mean() - true_hi) < 0.01 * half


def test_of_few_distinct_values_the_quantile_does_not_jump_between_two() -> None:
    """Exactly the share of the counts of 3 and more: the order statistic is 2 or 3, by the seed."""
    share = stats.poisson.sf(2, 0.6722)
    counts = np.random.default_rng(0).poisson(0.6722, size=(200, 10_000)).astype(float)
    _, hi = quantiles(counts, share)
    assert np.quantile(counts, 1 - share, axis=1).std() > 0.4
    assert hi.std() < 0.05


def test_the_expanded_tail_follows_students_quantile() -> None:
    assert expanded_tail(0.025, 10) == pytest.approx(stats.norm.cdf(-2.262157 * np.sqrt(10 / 9)), rel=1e-5)
    assert expanded_tail(0.025, 1_000_000) == pytest.approx(0.025, abs=1e-5)
