"""Intervals that allow for skewness: by hand, and how often they hold where Student's t does not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Floats
from harness.statistics.intervals import ALL_ALIKE, Range, no_interval
from harness.statistics.skew_corrected import (
    NO_CLOSER,
    OF_SIDES,
    SKEW_CORRECTED,
    corrected_difference,
    corrected_mean,
    corrected_of_sums,
    no_closer_than_alike,
)
from harness.statistics.subject_means import DIFFERENCE, SHARE, mean_over_subjects

ANYTHING = Range(-np.inf, np.inf)


def test_people_who_are_spread_evenly_have_the_t_interval() -> None:
    values = np.arange(20.0)
    value, interval = corrected_mean(values, np.arange(20), 0.95, ANYTHING)
    expected = stats.t.interval(0.95, 19, values.mean(), values.std(ddof=1) / np.sqrt(20))
    assert value == values.mean()
    assert (interval.lo, interval.hi) == pytest.approx(expected)
    assert interval.method == SKEW_CORRECTED


def test_the_bounds_are_those_whose_transformed_deviates_are_the_quantiles() -> None:
    """Hall's transformation of (mean - bound) / error, worked forwards from its definition."""
    values = np.random.default_rng(0).exponential(1, 15)
    value, interval = corrected_mean(values, np.arange(15), 0.95, ANYTHING)
    assert interval.bounds is not None
    error, skewness = values.std(ddof=1) / np.sqrt(15), stats.skew(values, bias=False) / np.sqrt(15)
    for bound, quantile in zip(interval.bounds, (0.975, 0.025), strict=True):
        deviate = (value - bound) / error
        transformed = deviate + skewness * deviate**2 / 3 + skewness**2 * deviate**3 / 27 + skewness / 6
        assert transformed == pytest.approx(stats.t.ppf(quantile, 14))


def skewed(rng: np.random.Generator, num: int) -> Floats:
    """Losses of which a few people have most; 0.1 on average."""
    return rng.beta(0.5, 4.5, num)


def test_the_upper_bound_holds_where_few_people_lose_most() -> None:
    rng = np.random.default_rng(1)
    people, studies = np.arange(20), [skewed(rng, 20) for _ in range(2000)]

    def missed(mean: object) -> float:
        found = [mean(values, people, 0.95, SHARE)[1] for values in studies]  # type: ignore[operator]
        return float(np.mean([interval.hi < 0.1 for interval in found]))

    def on_own_scale(values: Floats, people: object, level: float, within: Range) -> object:
        return mean_over_subjects(values, people, level, ANYTHING)  # type: ignore[arg-type]

    assert missed(corrected_mean) < 0.045  # 2.5 % are stated
    assert missed(on_own_scale) > 0.07


def test_a_side_of_few_people_who_are_alike_is_not_taken_for_certain() -> None:
    """One person in ten is never answered, in both groups: of six people often nobody."""
    rng = np.random.default_rng(2)
    people, in_small = np.arange(306), np.arange(306) < 6
    wrong = 0
    for _ in range(300):
        answered = (rng.random(306) < 0.9).astype(np.float64)
        _, interval = corrected_difference(answered, in_small, people, 0.95, DIFFERENCE, SHARE)
        assert interval.bounds is not None
        wrong += interval.bounds[0] > 0.02 or interval.bounds[1] < -0.02
    assert wrong <= 15


def test_independent_sides_are_combined_from_their_own_intervals() -> None:
    rng = np.random.default_rng(3)
    values, part = rng.random(40), np.arange(40) < 12
    value, interval = corrected_difference(values, part, np.arange(40), 0.95, DIFFERENCE, SHARE)
    (left, (l1, u1)), (right, (l2, u2)) = (
        (mean, (of.lo, of.hi))
        for mean, of in (
            corrected_mean(values[side], np.arange(side.sum()), 0.95, SHARE) for side in (part, ~part)
        )
    )
    assert interval.method == OF_SIDES
    assert value == pytest.approx(left - right)
    assert None not in (l1, u1, l2, u2)
    below, above = np.hypot(left - l1, u2 - right), np.hypot(u1 - left, right - l2)  # type: ignore[operator]
    assert (interval.lo, interval.hi) == pytest.approx((value - below, value + above))


def test_a_difference_within_people_is_that_of_their_own_differences() -> None:
    rng = np.random.default_rng(4)
    before, after = rng.exponential(1, 25), rng.exponential(1, 25)
    both, people = np.concatenate([after, before]), np.tile(np.arange(25), 2)
    found = corrected_difference(both, np.arange(50) < 25, people, 0.9, ANYTHING, ANYTHING)
    value, interval = corrected_mean(after - before, np.arange(25), 0.9, ANYTHING)
    assert found[0] == pytest.approx(value)
    assert found[1].bounds == pytest.approx(interval.bounds)


def test_a_mean_of_sums_has_the_interval_of_the_mean() -> None:
    values = np.random.default_rng(5).exponential(1, 30)
    sums = np.stack([values, np.ones(30)], axis=1)
    found = corrected_of_sums(sums, lambda of: of[..., 0] / of[..., 1], np.ones(30), 0.95, ANYTHING)
    value, interval = corrected_mean(values, np.arange(30), 0.95, ANYTHING)
    assert found[0] == pytest.approx(value)
    assert found[1].bounds == pytest.approx(interval.bounds)


def test_where_all_people_are_alike_the_exact_bound_stays() -> None:
    _, interval = corrected_mean(np.zeros(12), np.arange(12), 0.95, SHARE)
    assert interval.method == ALL_ALIKE


def test_bounds_stay_within_the_range() -> None:
    values = np.zeros(10)
    values[0] = 1.0
    _, interval = corrected_mean(values, np.arange(10), 0.999, SHARE)
    assert interval.bounds is not None
    assert interval.bounds[0] >= 0
    assert interval.bounds[1] <= 1


def test_who_is_alone_on_one_side_gives_no_interval() -> None:
    _, interval = corrected_difference(np.arange(5.0), np.arange(5) < 1, np.arange(5), 0.95, ANYTHING, ANYTHING)
    assert interval.bounds is None


def test_a_little_noise_does_not_tell_more_than_none() -> None:
    """Of 12 people none of whom is of a rare kind, up to 1 - 0.025^(1/12) of all may be."""
    little = np.array([0.0] * 10 + [0.125, 0.125])
    _, noisy = corrected_mean(little, np.arange(12), 0.95, SHARE)
    _, alike = corrected_mean(np.zeros(12), np.arange(12), 0.95, SHARE)
    bound = 1 - 0.025 ** (1 / 12)
    assert noisy.hi is not None
    assert noisy.hi < 0.15 < bound
    kept = no_closer_than_alike(noisy, 0.0, 12, 0.95, SHARE, upper=True)
    assert (kept.lo, kept.hi) == (noisy.lo, pytest.approx(bound))
    assert kept.hi == pytest.approx(alike.hi)
    assert kept.method == SKEW_CORRECTED + NO_CLOSER
    _, mirrored = corrected_mean(1 - little, np.arange(12), 0.95, SHARE)
    low = no_closer_than_alike(mirrored, 1.0, 12, 0.95, SHARE, upper=False)
    assert (low.lo, low.hi) == (pytest.approx(1 - bound), mirrored.hi)


def test_a_wider_interval_and_none_stay_as_they_are() -> None:
    _, wide = corrected_mean(np.array([0.0, 1.0] * 5), np.arange(10), 0.95, SHARE)
    assert no_closer_than_alike(wide, 0.0, 10, 0.95, SHARE, upper=True) is wide
    none = no_interval("1 subject: no interval")
    assert no_closer_than_alike(none, 0.0, 1, 0.95, SHARE, upper=True) is none
