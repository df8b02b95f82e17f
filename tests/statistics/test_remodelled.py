from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

from harness.statistics.remodelled import explained_variance


def made(noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(12), 30)
    variables = rng.normal(size=(360, 3)) * [1, 20, 0.01] + [0, 70, 5]
    return 3 * variables[:, 0] - 0.1 * variables[:, 1] + noise * rng.normal(size=360), variables, subject


def test_the_errors_are_those_of_people_left_out() -> None:
    outcome, variables, subject = made(2.0)
    predicted = cross_val_predict(LinearRegression(), variables, outcome, groups=subject, cv=LeaveOneGroupOut())
    mean = np.array([outcome[subject != person].mean() for person in subject])
    expected = 1 - ((outcome - predicted) ** 2).sum() / ((outcome - mean) ** 2).sum()
    value, interval = explained_variance(outcome, variables, subject, 0.95)
    assert value == pytest.approx(expected, abs=1e-6)
    assert interval.lo is not None
    assert interval.hi is not None
    assert interval.lo < value < interval.hi < 1


def test_a_score_made_of_its_variables_is_explained_and_noise_is_not() -> None:
    outcome, variables, subject = made(0.0)
    assert explained_variance(outcome, variables, subject, 0.95)[0] == pytest.approx(1.0)
    noise = np.random.default_rng(1).normal(size=360)
    assert explained_variance(noise, variables, subject, 0.95)[0] < 0.02
    constant = np.column_stack([variables, np.ones(360), variables[:, 0]])  # constant, and one twice
    assert explained_variance(outcome, constant, subject, 0.95)[0] == pytest.approx(1.0)


def test_two_people_are_too_few() -> None:
    outcome, variables, subject = made(1.0)
    few = subject < 2
    assert explained_variance(outcome[few], variables[few], subject[few], 0.95)[1].lo is None
    assert explained_variance(np.ones(360), variables, subject, 0.95)[1].reason == "the score never varies"
