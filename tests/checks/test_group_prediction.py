from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from harness.checks.group_prediction import (
    NUM_FOLDS,
    RIDGE,
    cross_fitted,
    cross_fitted_of_each,
    mean_auc,
    mean_auc_of_each,
)
from harness.checks.left_out import stratified_folds


def test_auc_equals_scikit_learn_with_ties_and_weights() -> None:
    rng = np.random.default_rng(0)
    scores, group = rng.integers(0, 5, (40, 3)).astype(float), rng.integers(0, 3, 40)
    weights = rng.integers(0, 3, (4, 40)).astype(float)
    expected = [
        np.mean([roc_auc_score(group == g, scores[:, g], sample_weight=weight) for g in range(3)])
        for weight in weights
    ]
    assert mean_auc(scores, group, weights) == pytest.approx(expected)


@pytest.mark.parametrize("values", [2, 5, 10**6], ids=["mostly ties", "ties", "no ties"])
def test_auc_of_many_versions_at_once_equals_scikit_learn(values: int) -> None:
    """To the last bit that of one version, with which permutations are compared."""
    rng = np.random.default_rng(values)
    scores, group = rng.integers(0, values, (6, 40, 3)).astype(float), rng.integers(0, 3, 40)
    found = mean_auc_of_each(scores, group)
    expected = [np.mean([roc_auc_score(group == g, one[:, g]) for g in range(3)]) for one in scores]
    assert found == pytest.approx(expected)
    assert found.tolist() == [mean_auc(one, group, np.ones((1, 40)))[0] for one in scores]


def test_scores_are_those_of_ridge_regression_on_the_other_folds() -> None:
    rng = np.random.default_rng(1)
    group = rng.integers(0, 2, 50)
    features = rng.normal(size=(50, 4)) * [1, 10, 100, 0]
    fold = stratified_folds(group, NUM_FOLDS, seed=0)
    expected = np.empty((50, 2))
    for number in range(NUM_FOLDS):
        held_out = fold == number
        scaler = StandardScaler().fit(features[~held_out])
        weight = 0.5 / np.bincount(group[~held_out])[group[~held_out]]
        z, target = scaler.transform(features[~held_out]), np.eye(2)[group[~held_out]] - 0.5
        ridge = Ridge(alpha=RIDGE, fit_intercept=False).fit(z, target, sample_weight=weight)
        expected[held_out] = ridge.predict(scaler.transform(features[held_out]))
    assert cross_fitted(features[None], group, fold, 2)[0] == pytest.approx(expected)


def test_scores_of_many_versions_at_once_are_those_of_each() -> None:
    """Also with a constant feature, far from zero, and in folds that lack a group."""
    rng = np.random.default_rng(2)
    group = np.append(rng.integers(0, 2, 47), [2, 2, 2])
    features = rng.normal(size=(6, 50, 4)) * [1, 10, 100, 0] + [0, 5, 0, 1000]
    fold = stratified_folds(group, NUM_FOLDS, seed=0)
    found = cross_fitted_of_each(features, group, fold, 3)
    expected = [cross_fitted(one[None], group, fold, 3)[0] for one in features]
    assert found == pytest.approx(np.array(expected), rel=1e-9, abs=1e-12)
