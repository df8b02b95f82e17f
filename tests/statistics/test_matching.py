"""Propensities against scikit-learn, pairs against every assignment by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from harness.statistics.matching import largest_imbalance, nearest_pairs, propensity_logit


def test_the_propensity_is_that_of_a_logistic_regression() -> None:
    rng = np.random.default_rng(0)
    covariate_NQ = rng.normal(size=(400, 3)) * [1.0, 5.0, 0.1] + [0.0, 100.0, 3.0]
    is_left_N = rng.random(400) < 1 / (1 + np.exp(-covariate_NQ[:, 0]))
    scaled = (covariate_NQ - covariate_NQ.mean(0)) / covariate_NQ.std(0)
    theirs = LogisticRegression(C=1.0, tol=1e-10).fit(scaled, is_left_N).decision_function(scaled)
    np.testing.assert_allclose(propensity_logit(covariate_NQ, is_left_N), theirs, atol=1e-5)


def test_groups_that_are_wholly_apart_stay_finite() -> None:
    covariate_N1 = np.r_[np.zeros(20), np.ones(20)][:, None]
    logit_N = propensity_logit(covariate_N1, covariate_N1[:, 0] > 0.5)
    assert np.isfinite(logit_N).all()
    assert logit_N[-1] > 1 > -1 > logit_N[0]


def test_pairs_are_near_and_nobody_is_in_two() -> None:
    rng = np.random.default_rng(1)
    left_n, right_n = rng.normal(0.0, 1.0, 300), rng.normal(1.0, 1.0, 200)
    left_P, right_P = nearest_pairs(left_n, right_n, 0.05, np.random.default_rng(2))
    assert len(np.unique(left_P)) == len(np.unique(right_P)) == len(left_P)
    assert np.abs(left_n[left_P] - right_n[right_P]).max() <= 0.05
    free = np.delete(right_n, right_P)
    alone = np.delete(left_n, left_P)
    assert np.abs(alone[:, None] - free).min() > 0.05  # greedy, but nobody is left who could be paired
    assert 100 < len(left_P) < 200


def test_each_takes_the_nearest_that_is_free() -> None:
    left_n, right_n = np.array([0.0]), np.array([-0.4, 0.3, 9.0])
    assert [pair.tolist() for pair in nearest_pairs(left_n, right_n, 1.0, np.random.default_rng(0))] == [[0], [1]]
    equal = np.zeros(4)
    left_P, right_P = nearest_pairs(equal, equal, 0.0, np.random.default_rng(0))
    assert sorted(left_P.tolist()) == sorted(right_P.tolist()) == [0, 1, 2, 3]
    nobody = nearest_pairs(np.zeros(2), np.empty(0), 1.0, np.random.default_rng(0))
    assert [len(side) for side in nobody] == [0, 0]


def test_imbalance_is_in_pooled_standard_deviations() -> None:
    left_n2 = np.array([[0.0, 1.0], [2.0, 1.0]])
    right_n2 = np.array([[1.0, 1.0], [3.0, 1.0]])
    assert largest_imbalance(left_n2, right_n2) == pytest.approx(1.0)
