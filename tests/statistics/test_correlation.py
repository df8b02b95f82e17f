from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.correlation import correlation


def test_value_and_interval_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    first = rng.normal(size=30)
    second = 0.5 * first + rng.normal(size=30)
    value, interval = correlation(np.append(first, np.nan), np.append(second, 1.0), 0.9)
    expected = stats.pearsonr(first, second)
    assert value == pytest.approx(expected.statistic)
    assert (interval.lo, interval.hi) == pytest.approx(tuple(expected.confidence_interval(0.9)))


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ([1, 2, 3], [1, 2, 3], "3 subjects: no correlation"),
        ([1, 1, 1, 1], [1, 2, 3, 4], "all subjects alike: no correlation"),
        ([1, 2, 3, 4], [2, 4, 6, 8], "a perfect correlation: no interval"),
    ],
)
def test_where_there_is_none_it_is_said(first: list[float], second: list[float], reason: str) -> None:
    assert correlation(np.array(first, float), np.array(second, float), 0.95)[1].reason == reason
