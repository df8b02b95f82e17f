"""Relations within people beside scipy's regressions, and with autocorrelated moments."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Floats
from harness.statistics.within_person import (
    false_discoveries_bounded,
    person_means,
    person_relations,
    standardised_within,
)


def test_each_person_has_the_regression_of_scipy() -> None:
    rng = np.random.default_rng(0)
    subject = np.repeat([4, 9], 60)
    report = np.tile([1.0, -1.0], 60) * rng.uniform(0.5, 1.5, 120)  # alternates: no positive autocorrelation
    score = np.where(subject == 4, 0.5, -0.2) * report + rng.normal(0, 1, 120) + 10 * subject
    found = person_relations(score, report[:, None], subject)
    assert found.subjects.tolist() == [4, 9]
    for index, person in enumerate((4, 9)):
        expected = stats.linregress(report[subject == person], score[subject == person])
        assert found.coefficients[index, 0] == pytest.approx(expected.slope)
        assert found.p_values[index, 0] == pytest.approx(expected.pvalue)


def test_two_predictors_are_told_apart() -> None:
    rng = np.random.default_rng(1)
    first = rng.normal(size=4000)
    second = 0.7 * first + rng.normal(size=4000)
    outcome = 2 * first + 0 * second + 0.1 * rng.normal(size=4000)
    found = person_relations(outcome, np.stack([first, second], axis=1), np.repeat(np.arange(4), 1000))
    assert found.coefficients == pytest.approx(np.tile([2.0, 0.0], (4, 1)), abs=0.02)


def slow(rng: np.random.Generator, people: int, moments: int, autocorrelation: float) -> Floats:
    fresh = rng.normal(size=(people, moments))
    value = fresh.copy()
    for moment in range(1, moments):
        value[:, moment] = (
            autocorrelation * value[:, moment - 1] + np.sqrt(1 - autocorrelation**2) * fresh[:, moment]
        )
    return value.ravel()


@pytest.mark.parametrize("autocorrelation", [0.0, 0.5])
def test_unrelated_series_are_found_related_in_five_percent(autocorrelation: float) -> None:
    """A plain regression finds 13 % at an autocorrelation of 0.5."""
    rng, people, moments = np.random.default_rng(2), 1500, 80
    score, report = (slow(rng, people, moments, autocorrelation) for _ in range(2))
    found = person_relations(score, report[:, None], np.repeat(np.arange(people), moments))
    assert np.mean(found.p_values < 0.05) == pytest.approx(0.05, abs=0.02)


def test_who_has_too_few_moments_or_never_varies_has_no_relation() -> None:
    subject = np.repeat([0, 1, 2], [7, 20, 20])
    report = np.concatenate([np.arange(7.0), np.ones(20), np.arange(20.0)])
    score = np.random.default_rng(3).normal(size=47)
    score[-3] = np.nan
    found = person_relations(score, report[:, None], subject)
    assert found.defined.tolist() == [False, False, True]
    assert found.num_moments.tolist() == [7, 20, 19]


def test_an_outcome_that_never_varies_follows_nothing() -> None:
    subject, report = np.repeat([0, 1], 20), np.tile(np.arange(20.0), 2)
    found = person_relations(np.full(40, 7.0), report[:, None], subject)
    assert (found.coefficients.tolist(), found.p_values.tolist()) == ([[0], [0]], [[1], [1]])
    both = np.stack([report, np.ones(40)], axis=1)
    assert not person_relations(np.full(40, 7.0), both, subject).defined.any()


def test_values_in_a_persons_own_standard_deviations() -> None:
    value = np.array([1.0, 2, 3, 10, 10, np.nan, 5, 5])
    subject = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    assert standardised_within(value, subject)[:3] == pytest.approx([-1, 0, 1])
    assert standardised_within(value, subject)[3:].tolist() == pytest.approx([0, 0, np.nan, 0, 0], nan_ok=True)
    assert np.isnan(standardised_within(np.array([3.0, np.nan]), np.zeros(2, np.int64))).all()
    assert person_means(value, subject).tolist() == [2, 10, 5]


def test_false_discoveries_are_bounded_as_by_scipy() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        p = rng.uniform(size=40) ** 2
        assert (false_discoveries_bounded(p, 0.1) == (stats.false_discovery_control(p) <= 0.1)).all()
    assert false_discoveries_bounded(np.array([0.001, np.nan]), 0.05).tolist() == [True, False]
    assert false_discoveries_bounded(np.array([np.nan]), 0.05).tolist() == [False]
