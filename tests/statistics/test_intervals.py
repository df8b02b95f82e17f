from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.intervals import Range, alike_bounds, deviating_bounds, difference_distances, quantiles

SHARE = Range(0.0, 1.0)


def test_people_who_were_not_seen_may_lie_anywhere_in_the_metrics_range() -> None:
    """Of 10 all at 0.5 at least s = 0.025^(1/10) of all people are; the others at -1 or at 1."""
    share = 0.025**0.1
    lo, hi = alike_bounds(0.5, 10, 0.025, Range(-1.0, 1.0))
    assert lo == pytest.approx(share * 0.5 - (1 - share))
    assert hi == pytest.approx(share * 0.5 + (1 - share))


@pytest.mark.parametrize(("deviating", "subjects"), [(1, 12), (1, 500), (3, 20)])
def test_people_who_deviate_are_at_most_as_many_as_clopper_and_pearson_say(deviating: int, subjects: int) -> None:
    """The upper bound of the share, and all of them at the lower end of the range."""
    share = stats.binomtest(deviating, subjects).proportion_ci(0.95, method="exact").high
    lo, hi = deviating_bounds(1.0, deviating, subjects, 0.025, SHARE)
    assert (lo, hi) == (pytest.approx(1 - share), 1.0)
    assert deviating_bounds(0.0, deviating, subjects, 0.025, SHARE) == (0.0, pytest.approx(share))
    wide = deviating_bounds(0.0, deviating, subjects, 0.025, Range(-2.0, 2.0))
    assert wide == (pytest.approx(-2 * share), pytest.approx(2 * share))


def test_nobody_who_deviates_is_the_bound_of_all_alike_and_everybody_leaves_it_open() -> None:
    assert deviating_bounds(0.4, 0, 9, 0.01, SHARE) == pytest.approx(alike_bounds(0.4, 9, 0.01, SHARE))
    assert deviating_bounds(0.4, 9, 9, 0.01, SHARE) == (0.0, 1.0)


def test_the_bounds_of_a_difference_combine_what_moves_it_the_same_way() -> None:
    """Down: the left side by 3 down and the right by 4 up. Up: 5 up and 12 down."""
    assert difference_distances((3.0, 5.0), (12.0, 4.0)) == (5.0, 13.0)


@pytest.mark.parametrize("num", [1, 2, 3, 40, 41, 1000])
@pytest.mark.parametrize("share", [0.0, 0.025, 0.5, 0.975, 1.0])
def test_quantiles_are_numpys_to_the_last_bit(num: int, share: float) -> None:
    values = np.random.default_rng(num).normal(size=(9, num))
    values[::3] = values[::3].round(1)  # with ties
    np.testing.assert_array_equal(quantiles(values, share), np.quantile(values, share, axis=1))
