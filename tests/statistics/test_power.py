"""Against the published formula, the exact power of Student's test, and simulated subjects."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import special, stats

from harness.arrays import Ints
from harness.statistics.power import (
    Assumptions,
    certifiable_gap,
    degrees_of_freedom,
    detectable_gap,
    detectable_gap_between,
    gap_errors,
    subjects_needed,
)

ASSUMED = Assumptions(rate=0.6, icc=0.1, power=0.8, level=0.95)
DETECTABLE = {
    2: (0.211, 0.149, 0.122, 0.094, 0.067, 0.047, 0.030),
    6: (0.284, 0.201, 0.164, 0.127, 0.090, 0.064, 0.040),
    12: (0.317, 0.224, 0.183, 0.142, 0.100, 0.071, 0.045),
}
"""By groups, for 10, 20, 30, 50, 100, 200 and 500 subjects of 50 samples: z √(2p(1-p)(1 + 49 ICC)/(50 S))."""


def design(num_groups: int, subjects: int, samples: int = 50) -> Ints:
    """Equal groups, each subject in one."""
    samples_SG = np.zeros((num_groups * subjects, num_groups), dtype=np.int64)
    samples_SG[np.arange(len(samples_SG)), np.repeat(np.arange(num_groups), subjects)] = samples
    return samples_SG


@pytest.mark.parametrize("num_groups", DETECTABLE)
def test_normal_quantiles_give_the_known_table(num_groups: int) -> None:
    pairs = num_groups * (num_groups - 1) // 2
    found = [
        detectable_gap(
            gap_errors(design(num_groups, subjects), ASSUMED).error[0, 1],
            math.inf,
            num_pairs=pairs,
            assumed=ASSUMED,
        )
        for subjects in (10, 20, 30, 50, 100, 200, 500)
    ]
    assert found == pytest.approx(DETECTABLE[num_groups], abs=0.00051)


@pytest.mark.parametrize("subjects", [3, 30, 1000])
def test_the_power_of_students_test_at_the_detectable_gap(subjects: int) -> None:
    freedom = 2 * (subjects - 1)
    gap = detectable_gap(1.0, freedom, num_pairs=15, assumed=ASSUMED)
    critical = stats.t.ppf(1 - 0.05 / 30, freedom)
    assert stats.nct.sf(critical, freedom, gap) == pytest.approx(0.8, abs=1e-6)


def test_degrees_of_freedom_of_known_designs() -> None:
    assert degrees_of_freedom(design(2, 12), ASSUMED) == pytest.approx(22)
    both = np.full((12, 2), 20)
    assert degrees_of_freedom(both, ASSUMED) == pytest.approx(11)
    unequal = np.array([[50, 0]] * 5 + [[0, 50]] * 80)
    variance, size = np.array([1 / 5, 1 / 80]), np.array([5, 80])
    welch = variance.sum() ** 2 / (variance**2 / (size - 1)).sum()
    assert degrees_of_freedom(unequal, ASSUMED) == pytest.approx(welch)
    dominated = np.array([[1000, 0]] + [[1, 0]] * 30 + [[0, 50]] * 500)
    assert degrees_of_freedom(dominated, ASSUMED) < 2
    assert degrees_of_freedom(np.array([[3, 0], [0, 3], [0, 3]]), ASSUMED) == 0
    assert degrees_of_freedom(design(2, 2), ASSUMED) == pytest.approx(2)
    assert degrees_of_freedom(np.full((2, 2), 20), ASSUMED) == pytest.approx(1)


def test_too_few_subjects_detect_nothing() -> None:
    for freedom in (0.0, 0.01, 1.0):
        assert detectable_gap(0.1, freedom, num_pairs=1, assumed=ASSUMED) == math.inf
        assert certifiable_gap(0.1, freedom, num_pairs=1, assumed=ASSUMED) == math.inf
    for reached in (detectable_gap, certifiable_gap):
        assert 0.1 < reached(0.1, 2.0, num_pairs=1, assumed=ASSUMED) < 10


def test_an_empty_group_has_no_gap() -> None:
    samples_SG = np.array([[4, 0, 0], [3, 0, 0], [0, 0, 4], [0, 0, 2]])
    found = gap_errors(samples_SG, ASSUMED)
    assert np.isnan(found.error[1]).all()
    assert np.isfinite(found.error[0, 2])


def test_a_subject_in_both_groups_is_its_own_control() -> None:
    """All that is left of the variance is within subjects: 2 p(1-p) (1-ICC) / (S m)."""
    found = gap_errors(np.full((30, 2), 20), ASSUMED).error[0, 1]
    assert found == pytest.approx(math.sqrt(2 * 0.24 * 0.9 / (30 * 20)))


@pytest.mark.parametrize("paired", [False, True])
def test_the_error_is_that_of_simulated_subjects_with_unequal_clips(paired: bool) -> None:
    rng, runs = np.random.default_rng(0), 20_000
    samples_SG = rng.integers(1, 80, size=(40, 2))
    if not paired:
        samples_SG[:15, 0] = samples_SG[15:, 1] = 0
    chance = rng.beta(0.6 * 9, 0.4 * 9, size=(runs, 40, 1))
    right = rng.binomial(samples_SG, chance)
    rates = right.sum(1) / samples_SG.sum(0)
    assert gap_errors(samples_SG, ASSUMED).error[0, 1] == pytest.approx(np.diff(rates).std(), rel=0.02)


@pytest.mark.parametrize("gap_of", [detectable_gap, certifiable_gap])
def test_as_many_subjects_as_needed_and_not_one_fewer(gap_of: Callable[..., float]) -> None:
    per_subject = gap_errors(design(6, 10), ASSUMED).per_subject[0, 1]
    num = subjects_needed(0.05, per_subject, num_pairs=15, assumed=ASSUMED, gap_of=gap_of)
    expected = {detectable_gap: 2.935 + 0.842, certifiable_gap: 2.935 + 1.282}[gap_of]
    assert num == pytest.approx(expected**2 * 2 * 0.24 * 5.9 / 50 / 0.05**2, rel=0.01)
    for subjects, enough in ((num, True), (num - 1, False)):
        freedom = 2 * (subjects - 1)
        error = per_subject / math.sqrt(subjects)
        assert bool(gap_of(error, freedom, num_pairs=15, assumed=ASSUMED) <= 0.05) is enough


def test_a_tolerance_that_nobody_can_reach() -> None:
    assert subjects_needed(1e-9, 1.0, num_pairs=1, assumed=ASSUMED) is None


@pytest.mark.parametrize("subjects", [8, 40])
def test_the_promised_power_is_the_power_of_simulated_studies(subjects: int) -> None:
    """Welch's interval with Bonferroni's level for three groups: a gap is detected, or its absence certified."""
    rng, runs, samples = np.random.default_rng(subjects), 20_000, 20
    error = gap_errors(design(3, subjects, samples), ASSUMED).error[0, 1]
    freedom = 2 * (subjects - 1)
    critical = stats.t.ppf(1 - 0.05 / 6, freedom)
    detected = detectable_gap(error, freedom, num_pairs=3, assumed=ASSUMED)
    certified = certifiable_gap(error, freedom, num_pairs=3, assumed=ASSUMED)
    rate_2 = np.array([[0.6 - detected / 2], [0.6 + detected / 2]])
    gap, error_R = simulated_gaps(rng, rate_2, (runs, 2, subjects), samples)
    # Wide gaps lie nearer to 0 and 1, where rates vary less than at the assumed one: a little more power.
    assert (gap > critical * error_R).mean() == pytest.approx(0.8, abs=0.04)
    gap, error_R = simulated_gaps(rng, np.full((2, 1), 0.6), (runs, 2, subjects), samples)
    assert (np.abs(gap) + critical * error_R < certified).mean() == pytest.approx(0.8, abs=0.03)


def simulated_gaps(
    rng: np.random.Generator, rate_2: np.ndarray, shape: tuple[int, int, int], samples: int
) -> tuple[np.ndarray, np.ndarray]:
    rates = rng.binomial(samples, rng.beta(rate_2 * 9, (1 - rate_2) * 9, size=shape)) / samples
    error_R = np.sqrt(rates.var(-1, ddof=1).sum(-1) / shape[-1])
    return np.diff(rates.mean(-1))[:, 0], error_R


@pytest.mark.parametrize("sizes", [(5, 200), (8, 40), (10, 100)])
def test_of_unlike_groups_the_gap_is_found_whichever_is_worse(sizes: tuple[int, int]) -> None:
    """Welch's test on the scale of the rate and on the logit scale; on the first alone 80 % would be too many."""
    samples_S2 = apart(sizes)
    gap = detectable_gap_between(samples_S2, num_pairs=1, assumed=ASSUMED)
    error, freedom = float(gap_errors(samples_S2, ASSUMED).error[0, 1]), degrees_of_freedom(samples_S2, ASSUMED)
    assert gap > 1.03 * detectable_gap(error, freedom, num_pairs=1, assumed=ASSUMED)
    rng = np.random.default_rng(0)
    powers = [share_found(sizes, gap * sign, rng) for sign in (-1, 1)]
    assert min(powers) == pytest.approx(0.8, abs=0.035)
    assert max(powers) > 0.78


def test_of_like_groups_it_is_the_gap_of_students_test() -> None:
    error = float(gap_errors(apart((30, 30)), ASSUMED).error[0, 1])
    expected = detectable_gap(error, 58.0, num_pairs=1, assumed=ASSUMED)
    found = detectable_gap_between(apart((30, 30)), num_pairs=1, assumed=ASSUMED)
    assert expected <= found < 1.02 * expected


def test_the_same_people_in_both_groups_are_compared_as_pairs() -> None:
    both = np.full((20, 2), 10)
    error = float(gap_errors(both, ASSUMED).error[0, 1])
    expected = detectable_gap(error, 19.0, num_pairs=1, assumed=ASSUMED)
    assert detectable_gap_between(both, num_pairs=1, assumed=ASSUMED) == expected


def test_two_people_detect_no_gap() -> None:
    assert detectable_gap_between(apart((2, 2)), num_pairs=1, assumed=ASSUMED) == math.inf


def apart(sizes: tuple[int, int], clips: int = 50) -> np.ndarray:
    """So many subjects in each of two groups."""
    samples_S2 = np.zeros((sum(sizes), 2), dtype=np.int64)
    samples_S2[: sizes[0], 0] = samples_S2[sizes[0] :, 1] = clips
    return samples_S2


def share_found(sizes: tuple[int, int], gap: float, rng: np.random.Generator, runs: int = 4000) -> float:
    """How often subjects with 50 clips each show that the second group is better by the gap, or worse."""
    spread = 1 / ASSUMED.icc - 1
    rate_2 = ASSUMED.rate + np.array([-0.5, 0.5]) * gap
    right = [
        rng.binomial(50, rng.beta(rate * spread, (1 - rate) * spread, (runs, num))) / 50
        for rate, num in zip(rate_2, sizes, strict=True)
    ]
    mean, num = np.array([each.mean(1) for each in right]), np.array(sizes)[:, None]
    squared = np.array([each.var(1, ddof=1) for each in right]) / num
    found = np.ones(runs, dtype=bool)
    for value, variance in (
        (mean, squared),
        (special.logit(mean), squared / (mean * (1 - mean)) ** 2),
    ):
        freedom = variance.sum(0) ** 2 / (variance**2 / (num - 1)).sum(0)
        t = np.abs(value[1] - value[0]) / np.sqrt(variance.sum(0))
        found &= t > stats.t.ppf(0.975, freedom)
    return float(found.mean())
