from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from harness.statistics.finite_population import Bounded, count_limits, share_of_both, stratified_total


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_limits_are_the_numbers_that_both_tails_allow_in_every_sample_of_up_to_9() -> None:
    tried = 0
    for total in range(1, 10):
        for drawn in range(1, total + 1):
            for found in range(drawn + 1):
                allowed = [
                    marked
                    for marked in range(found, total - (drawn - found) + 1)
                    if stats.hypergeom.cdf(found, total, marked, drawn) > 0.05
                    and stats.hypergeom.sf(found - 1, total, marked, drawn) > 0.05
                ]
                lo, hi = count_limits(whole(found), whole(drawn), whole(total), 0.9)
                assert (lo[0], hi[0]) == (allowed[0], allowed[-1])
                tried += 1
    assert tried == 210


def test_limits_hold_at_their_level_whatever_the_number_is() -> None:
    total, drawn = 60, 15
    for marked in range(total + 1):
        found = np.arange(max(0, marked + drawn - total), min(marked, drawn) + 1)
        lo, hi = count_limits(found, np.full_like(found, drawn), np.full_like(found, total), 0.95)
        holds = (lo <= marked) & (marked <= hi)
        assert stats.hypergeom.pmf(found[holds], total, marked, drawn).sum() >= 0.95


def test_a_stratum_that_was_judged_as_a_whole_is_known() -> None:
    assert stratified_total(whole(3), whole(10), whole(10), 0.95) == Bounded(3.0, 3.0, 3.0)


def test_a_total_weighs_each_stratum_by_its_cases_and_adds_up_squared_distances() -> None:
    found, drawn, total = whole(5, 1), whole(10, 20), whole(100, 400)
    lo, hi = count_limits(found, drawn, total, 0.95)
    parts = np.array([50.0, 20.0])
    both = stratified_total(found, drawn, total, 0.95)
    assert both.value == 70.0
    assert both.lo == pytest.approx(70 - np.linalg.norm(parts - lo))
    assert both.hi == pytest.approx(70 + np.linalg.norm(hi - parts))


def test_what_was_not_drawn_may_be_anything() -> None:
    found = stratified_total(whole(2, 0), whole(4, 0), whole(4, 30), 0.95)
    assert math.isnan(found.value)
    assert (found.lo, found.hi) == (2.0, 32.0)


def test_a_share_follows_the_equations_of_donner_and_zou() -> None:
    """Equations 7 and 8, worked by hand: R = 40/10 with limits 30..50 and 6..15."""
    square_lo = 400**2 - 30 * 15 * (80 - 30) * (20 - 15)
    square_hi = 400**2 - 50 * 6 * (80 - 50) * (20 - 6)
    ratio_lo = (400 - math.sqrt(square_lo)) / (15 * (20 - 15))
    ratio_hi = (400 + math.sqrt(square_hi)) / (6 * (20 - 6))
    found = share_of_both(Bounded(40, 30, 50), Bounded(10, 6, 15))
    assert found.value == 0.8
    assert found.lo == pytest.approx(ratio_lo / (1 + ratio_lo))
    assert found.hi == pytest.approx(ratio_hi / (1 + ratio_hi))


@pytest.mark.parametrize(
    ("part", "rest", "lo", "hi"),
    [
        (Bounded(4, 4, 4), Bounded(12, 12, 12), 0.25, 0.25),
        (Bounded(5, 2, 8), Bounded(0, 0, 0), 1.0, 1.0),
        (Bounded(0, 0, 0), Bounded(5, 2, 8), 0.0, 0.0),
        (Bounded(0, 0, 3), Bounded(0, 0, 3), 0.0, 1.0),
        (Bounded(math.nan, 0, 3), Bounded(2, 1, 3), 0.0, 1.0),
    ],
)
def test_shares_at_the_edges(part: Bounded, rest: Bounded, lo: float, hi: float) -> None:
    found = share_of_both(part, rest)
    assert (found.lo, found.hi) == pytest.approx((lo, hi))


def test_a_denominator_that_may_be_zero_leaves_the_upper_limit_open() -> None:
    found = share_of_both(Bounded(10, 5, 15), Bounded(2, 0, 6))
    assert found.hi == 1.0
    assert 0 < found.lo < 10 / 12
