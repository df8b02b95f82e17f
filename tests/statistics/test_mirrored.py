from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from harness.metrics.metric_facts import IntervalKind
from harness.statistics.intervals import ALL_ALIKE, Interval, Range
from harness.statistics.mirrored import jackknife_of_squares, mirrored_intervals
from harness.statistics.tail_quantiles import expanded_tail, tail_quantiles

SHARE, SIGNED = Range(0.0, 1.0), Range(-1.0, 1.0)


def mirrored(
    value: float,
    resampled: np.ndarray,
    *,
    num_subjects: int = 50,
    within: Range = SIGNED,
    kind: IntervalKind = "mirrored",
) -> Interval:
    return mirrored_intervals(
        np.array([value]),
        resampled[None],
        num_subjects_M=np.array([num_subjects]),
        level=0.95,
        within=[within],
        kinds=[kind],
    )[0]


def percentiles(resampled: np.ndarray, num_subjects: int) -> tuple[float, float]:
    """Both expanded percentiles; `tail_quantiles` has its own tests."""
    ordered, tail = np.sort(resampled)[None], np.array([expanded_tail(0.025, num_subjects)])
    lo, hi = tail_quantiles(ordered, np.array([len(resampled)]), tail)
    return float(lo[0]), float(hi[0])


def test_of_normal_resamples_around_the_value_it_is_students_interval() -> None:
    """A mean's bootstrap error is √((n-1)/n) s/√n: the expansion gives t s/√n back."""
    n = 12
    resampled = stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000) * np.sqrt((n - 1) / n)
    found = mirrored(0.0, resampled, num_subjects=n, within=Range(-np.inf, np.inf))
    assert found.bounds == pytest.approx(stats.t.interval(0.95, n - 1), abs=0.01)
    assert found.method == "subject bootstrap, expanded percentile, mirrored at the value, 200000 resamples"


def test_it_holds_the_percentile_and_the_reverse_percentile_interval() -> None:
    """Resamples from 0.2 to 0.6 of a value of 0.3; of squares, 0.04 to 0.36 around 0.09."""
    resampled = np.linspace(0.2, 0.6, 4001)
    lo, hi = percentiles(resampled, 50)
    plain, squares = mirrored(0.3, resampled), mirrored(0.3, resampled, within=SHARE, kind="mirrored_squares")
    assert plain.bounds == pytest.approx((min(lo, 0.6 - hi), max(hi, 0.6 - lo)))
    assert squares.bounds == pytest.approx((max(0, 0.18 - hi**2) ** 0.5, hi))
    assert (
        squares.method == "subject bootstrap, expanded percentile, squares mirrored at the value, 4001 resamples"
    )


def test_squares_that_spread_to_both_sides_are_mirrored_around_that_of_the_value() -> None:
    resampled = np.linspace(0.1, 0.5, 4001)
    found = mirrored(0.45, resampled, num_subjects=10**6, within=SHARE, kind="mirrored_squares")
    lo = found.lo
    assert lo == pytest.approx(np.quantile(resampled, 0.025), abs=0.003)
    assert found.hi == pytest.approx((2 * 0.45**2 - lo**2) ** 0.5)


def test_several_at_once_are_the_same_as_each_alone_of_what_is_defined() -> None:
    rng = np.random.default_rng(0)
    resampled = rng.normal(0.5, 0.1, (40, 1000))
    resampled[3, rng.permutation(1000)[:40]] = np.nan
    resampled[4, rng.permutation(1000)[:60]] = np.inf
    resampled[5] = 0.5
    num_subjects = rng.integers(6, 300, 40)
    found = mirrored_intervals(
        np.full(40, 0.5),
        resampled,
        num_subjects_M=num_subjects,
        level=0.95,
        within=[SHARE] * 40,
        kinds=["mirrored"] * 40,
    )
    for index, interval in enumerate(found):
        if index == 4:
            assert (interval.lo, interval.reason) == (None, "undefined in 6% of resamples: too few subjects")
        elif index == 5:
            assert interval.method == ALL_ALIKE
        else:
            values = resampled[index][np.isfinite(resampled[index])]
            reach = max(abs(0.5 - end) for end in percentiles(values, int(num_subjects[index])))
            assert interval.bounds == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-12)


@pytest.mark.parametrize("place", [0, 250, 499])
def test_one_resample_that_differs_is_a_spread(place: int) -> None:
    resampled = np.full(500, 0.5)
    resampled[place] = 0.4 if place < 499 else 0.6
    found = mirrored(0.5, resampled, num_subjects=10)
    assert found.method == "subject bootstrap, expanded percentile, mirrored at the value, 500 resamples"
    reach = max(abs(0.5 - end) for end in percentiles(resampled, 10))
    assert found.bounds == pytest.approx((0.5 - reach, 0.5 + reach), abs=1e-12)
    assert 0.005 < reach < 0.015


@pytest.mark.parametrize(
    ("value", "within", "expected"),
    [
        (1.0, SHARE, {"lo": 0.025 ** (1 / 10), "hi": 1.0}),
        (0.25, SHARE, {"lo": 0.025**0.1 * 0.25, "hi": 1 - 0.025**0.1 * 0.75}),
        (0.0, Range(0.0, np.inf), {"lo": None, "hi": None, "reason": "all subjects alike: no interval"}),
    ],
)
def test_subjects_that_are_all_alike_do_not_give_certainty(
    value: float, within: Range, expected: dict[str, Any]
) -> None:
    found = mirrored(value, np.full(500, value), num_subjects=10, within=within)
    assert {name: getattr(found, name) for name in expected} == {
        name: end if end is None or isinstance(end, str) else pytest.approx(end) for name, end in expected.items()
    }


def test_the_jackknife_of_what_counts_noise_as_error_starts_below_its_bias() -> None:
    """Of |mean| of ±0.1: squares of those left out, their bias and error worked by hand."""
    values = np.array([0.3, -0.1, 0.2, -0.1])
    left_out = np.abs((values.sum() - values) / 3)
    value = abs(values.mean())
    student = stats.t.ppf(0.975, 3)
    found = jackknife_of_squares(value, left_out, level=0.95, within=SHARE)
    bias = 3 * (np.mean(left_out**2) - value**2)
    assert bias == pytest.approx(values.var(ddof=1) / 4)
    assert value**2 - bias < 0
    assert found.bounds == pytest.approx((0.0, value + student * np.sqrt(3 * np.var(left_out))))
    far, far_out = value + 1.0, left_out + 1.0
    upper = jackknife_of_squares(far, far_out, level=0.95, within=Range(0.0, np.inf))
    error = np.sqrt(3 * np.var(far_out**2))
    of_far = 3 * (np.mean(far_out**2) - far**2)
    assert upper.lo == pytest.approx(np.sqrt(far**2 - of_far - student * error))
    assert upper.method == "jackknife over subjects, Student's t, of squares below"


def test_the_jackknife_of_squares_stays_within_the_range_and_knows_alike_subjects() -> None:
    assert jackknife_of_squares(0.5, np.array([0.0, 1.0]), level=0.95, within=SHARE).bounds == (0.0, 1.0)
    assert jackknife_of_squares(0.5, np.full(4, 0.5), level=0.95, within=SHARE).method == ALL_ALIKE
