"""Limits of agreement beside the classical ones, and how often they hold with known variance components."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.bland_altman import limits_of_agreement


def test_one_pair_of_each_person_gives_the_classical_limits() -> None:
    difference = np.random.default_rng(0).normal(2.0, 3.0, 25)
    found = limits_of_agreement(difference, np.arange(25), 0.95)
    sd = difference.std(ddof=1)
    assert found.bias[0] == pytest.approx(difference.mean())
    assert (found.bias[1].lo, found.bias[1].hi) == pytest.approx(
        stats.t.interval(0.95, 24, difference.mean(), sd / 5)
    )
    assert found.lower[0] == pytest.approx(difference.mean() - 1.959964 * sd)
    assert found.upper[0] == pytest.approx(difference.mean() + 1.959964 * sd)
    assert np.isnan(found.sd_within)


def test_two_parts_of_the_variance_by_hand() -> None:
    """People's means 1, 3, 5 (variance 4), each ±1 around it (variance within 2): total 4 + 2 / 2 = 5."""
    found = limits_of_agreement(np.array([0.0, 2, 2, 4, 4, 6]), np.array([7, 7, 1, 1, 4, 4]), 0.95)
    assert found.bias[0] == 3
    assert found.sd_within == pytest.approx(np.sqrt(2))
    assert found.sd_between == pytest.approx(np.sqrt(4 - 2 / 2))
    assert found.upper[0] == pytest.approx(3 + 1.959964 * np.sqrt(5))


@pytest.mark.parametrize(("num", "times", "between", "within"), [(10, 1, 1.0, 1.0), (20, 5, 2.0, 1.0)])
def test_the_intervals_hold(num: int, times: int, between: float, within: float) -> None:
    rng, subject = np.random.default_rng(1), np.repeat(np.arange(num), times)
    limit = 1 + 1.959964 * np.hypot(between, within)
    held = []
    for _ in range(1000):
        difference = 1 + between * rng.normal(size=num)[subject] + within * rng.normal(size=num * times)
        found = limits_of_agreement(difference, subject, 0.95)
        held.append([found.bias[1].lo < 1 < found.bias[1].hi, found.upper[1].lo < limit < found.upper[1].hi])
    assert np.all(np.abs(np.mean(held, axis=0) - 0.95) < 0.025)


def test_two_people_have_a_bias_and_no_limits() -> None:
    found = limits_of_agreement(np.array([1.0, 3.0]), np.array([0, 1]), 0.95)
    assert found.bias[0] == 2
    assert found.lower[1].reason == "2 subjects: no limits of agreement"
