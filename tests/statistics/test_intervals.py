from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.intervals import (
    ALL_ALIKE,
    Range,
    alike_bounds,
    bootstrap_interval,
    bootstrap_intervals,
    deviating_bounds,
    difference_distances,
    expanded_tail,
    jackknife_interval,
)

SHARE = Range(0.0, 1.0)


def test_the_expanded_tail_follows_students_quantile() -> None:
    assert expanded_tail(0.025, 10) == pytest.approx(stats.norm.cdf(-2.262157 * np.sqrt(10 / 9)), rel=1e-5)
    assert expanded_tail(0.025, 1_000_000) == pytest.approx(0.025, abs=1e-5)


def test_of_normal_resamples_it_is_students_interval() -> None:
    """A mean's bootstrap error is √((n-1)/n) s/√n: the expansion gives t s/√n back."""
    n = 12
    resampled = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000) * np.sqrt((n - 1) / n)
    found = bootstrap_interval(0.0, resampled, num_subjects=n, level=0.95, within=Range(-np.inf, np.inf))
    assert found.hi == pytest.approx(stats.t.ppf(0.975, n - 1), abs=0.01)
    assert found.lo == pytest.approx(-stats.t.ppf(0.975, n - 1), abs=0.01)
    assert found.method == "subject bootstrap, expanded percentile, 200000 resamples"


def smoothed(values: np.ndarray, tail: float) -> float:
    """NumPy's fit of a line with tricube weights to the order statistics near the quantile, by normal scores."""
    score = stats.norm.ppf((np.arange(len(values)) + 0.5) / len(values))
    away = score - stats.norm.ppf(tail)
    near = np.abs(away) < 1
    slope_and_value = np.polyfit(away[near], np.sort(values)[near], 1, w=(1 - np.abs(away[near]) ** 3) ** 1.5)
    return float(slope_and_value[1])


def test_several_at_once_are_lines_fitted_to_the_tails_of_what_is_defined() -> None:
    rng = np.random.default_rng(0)
    resampled = rng.normal(0.5, 0.1, (40, 1000))
    resampled[3, rng.permutation(1000)[:40]] = np.nan
    resampled[4, rng.permutation(1000)[:60]] = np.inf
    resampled[5] = 0.5
    num_subjects = rng.integers(6, 300, 40)
    found = bootstrap_intervals(
        np.full(40, 0.5), resampled, num_subjects_M=num_subjects, level=0.95, within=[SHARE] * 40
    )
    for index, interval in enumerate(found):
        if index == 4:
            assert (interval.lo, interval.reason) == (
                None,
                "undefined in 6% of resamples: too few subjects",
            )
        elif index == 5:
            assert interval.method == ALL_ALIKE
        else:
            tail = expanded_tail((1 - 0.95) / 2, int(num_subjects[index]))
            defined = resampled[index][np.isfinite(resampled[index])]
            expected = smoothed(defined, tail), -smoothed(-defined, tail)
            assert (interval.lo, interval.hi) == pytest.approx(expected, abs=1e-12)


def test_a_mirrored_interval_holds_the_percentile_and_the_reverse_percentile_interval() -> None:
    """Resamples from 0.2 to 0.6 of a value of 0.3; of squares, 0.04 to 0.36 around 0.09."""
    resampled = np.linspace(0.2, 0.6, 4001)
    tail = expanded_tail(0.025, 50)
    plain, mirrored, squares, alike = bootstrap_intervals(
        np.array([0.3, 0.3, 0.3, 0.0]),
        np.stack([resampled, resampled, resampled, np.zeros(4001)]),
        num_subjects_M=np.full(4, 50),
        level=0.95,
        within=[SHARE, Range(-1.0, 1.0), SHARE, SHARE],
        kinds=["percentile", "mirrored", "mirrored_squares", "mirrored_squares"],
    )
    assert plain.lo is not None
    assert plain.hi is not None
    lo, hi = plain.lo, plain.hi
    assert (lo, hi) == pytest.approx(tuple(np.quantile(resampled, [tail, 1 - tail])), abs=0.003)
    assert (mirrored.lo, mirrored.hi) == pytest.approx((min(lo, 0.6 - hi), max(hi, 0.6 - lo)))
    assert (squares.lo, squares.hi) == pytest.approx((max(0, 0.18 - hi**2) ** 0.5, hi))
    assert (mirrored.method, squares.method) == (
        "subject bootstrap, expanded percentile, mirrored at the value, 4001 resamples",
        "subject bootstrap, expanded percentile, squares mirrored at the value, 4001 resamples",
    )
    assert alike.method == ALL_ALIKE


def test_squares_that_spread_to_both_sides_are_mirrored_around_that_of_the_value() -> None:
    resampled = np.linspace(0.1, 0.5, 4001)
    (found,) = bootstrap_intervals(
        np.array([0.45]),
        resampled[None],
        num_subjects_M=np.array([10**6]),
        level=0.95,
        within=[SHARE],
        kinds=["mirrored_squares"],
    )
    lo = found.lo
    assert lo == pytest.approx(np.quantile(resampled, 0.025), abs=0.003)
    assert found.hi == pytest.approx((2 * 0.45**2 - lo**2) ** 0.5)


def test_the_jackknife_of_what_counts_noise_as_error_starts_below_its_bias() -> None:
    """Of |mean| of ±0.1: squares of those left out, their bias and error worked by hand."""
    values = np.array([0.3, -0.1, 0.2, -0.1])
    left_out = np.abs((values.sum() - values) / 3)
    value = abs(values.mean())
    plain = jackknife_interval(value, left_out, level=0.95, within=SHARE)
    found = jackknife_interval(value, left_out, level=0.95, within=SHARE, kind="mirrored_squares")
    bias = 3 * (np.mean(left_out**2) - value**2)
    assert bias == pytest.approx(values.var(ddof=1) / 4)
    assert value**2 - bias < 0
    assert (found.lo, found.hi) == (0.0, plain.hi)
    far, far_out = value + 1.0, left_out + 1.0
    upper = jackknife_interval(far, far_out, level=0.95, within=Range(0.0, np.inf), kind="mirrored_squares")
    error = np.sqrt(3 * np.var(far_out**2))
    of_far = 3 * (np.mean(far_out**2) - far**2)
    assert upper.lo == pytest.approx(np.sqrt(far**2 - of_far - stats.t.ppf(0.975, 3) * error))
    assert upper.method == "jackknife over subjects, Student's t, of squares below"


def test_the_jackknife_of_a_mean_is_students_interval() -> None:
    values = np.array([0.3, 0.5, 0.45, 0.7])
    left_out = (values.sum() - values) / 3
    found = jackknife_interval(values.mean(), left_out, level=0.95, within=SHARE)
    expected = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))
    assert (found.lo, found.hi) == pytest.approx(expected)


def test_bounds_stay_within_the_metrics_range() -> None:
    found = jackknife_interval(0.5, np.array([0.0, 1.0]), level=0.95, within=SHARE)
    assert (found.lo, found.hi) == (0.0, 1.0)


@pytest.mark.parametrize("num_subjects", [5, 20])
def test_subjects_that_are_all_right_do_not_give_certainty(num_subjects: int) -> None:
    """The bound is Clopper & Pearson's for n of n."""
    expected = stats.binomtest(num_subjects, num_subjects).proportion_ci(0.95, method="exact").low
    found = bootstrap_interval(1.0, np.ones(500), num_subjects=num_subjects, level=0.95, within=SHARE)
    assert (found.lo, found.hi) == pytest.approx((expected, 1.0))
    assert found.method == ALL_ALIKE
    few = jackknife_interval(1.0, np.ones(num_subjects), level=0.95, within=SHARE)
    assert (few.lo, few.hi) == pytest.approx((expected, 1.0))


@pytest.mark.parametrize("place", [0, 250, 499])
def test_one_resample_that_differs_is_a_spread(place: int) -> None:
    resampled = np.full(500, 0.5)
    resampled[place] = 0.4 if place < 499 else 0.6
    found = bootstrap_interval(0.5, resampled, num_subjects=10, level=0.95, within=SHARE)
    assert found.method == "subject bootstrap, expanded percentile, 500 resamples"
    tail = expanded_tail(0.025, 10)
    lo, hi = smoothed(resampled, tail), -smoothed(-resampled, tail)
    assert (found.lo, found.hi) == pytest.approx((lo, hi), abs=1e-12)
    assert 0.5 in (found.lo, found.hi)
    assert 0.01 < found.hi - found.lo + 0.005 < 0.015


def test_the_bound_holds_between_the_ends_of_the_range() -> None:
    share = 0.025 ** (1 / 10)
    found = bootstrap_interval(0.25, np.full(500, 0.25), num_subjects=10, level=0.95, within=SHARE)
    assert (found.lo, found.hi) == pytest.approx((share * 0.25, share * 0.25 + 1 - share))


def test_without_a_greatest_value_alike_subjects_have_no_interval() -> None:
    found = bootstrap_interval(0.0, np.zeros(500), num_subjects=10, level=0.95, within=Range(0.0, np.inf))
    assert (found.lo, found.hi, found.reason) == (None, None, "all subjects alike: no interval")


def test_a_metric_that_is_often_undefined_has_no_interval() -> None:
    resampled = np.linspace(0.4, 0.6, 500)
    resampled[:20] = np.nan
    assert bootstrap_interval(0.5, resampled, num_subjects=10, level=0.95, within=SHARE).lo is not None
    resampled[:100] = np.nan
    found = bootstrap_interval(0.5, resampled, num_subjects=10, level=0.95, within=SHARE)
    assert found.lo is None
    assert found.reason == "undefined in 20% of resamples: too few subjects"


def test_a_metric_undefined_without_a_subject_has_no_interval() -> None:
    found = jackknife_interval(0.5, np.array([0.4, np.nan, 0.6]), level=0.95, within=SHARE)
    assert found.lo is None
    assert found.reason is not None


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


def test_nobody_who_deviates_is_the_bound_of_all_alike_and_everybody_leaves_it_open() -> None:
    assert deviating_bounds(0.4, 0, 9, 0.01, SHARE) == pytest.approx(alike_bounds(0.4, 9, 0.01, SHARE))
    assert deviating_bounds(0.4, 9, 9, 0.01, SHARE) == (0.0, 1.0)


def test_the_bounds_of_a_difference_combine_what_moves_it_the_same_way() -> None:
    """Down: the left side by 3 down and the right by 4 up. Up: 5 up and 12 down."""
    assert difference_distances((3.0, 5.0), (12.0, 4.0)) == (5.0, 13.0)
