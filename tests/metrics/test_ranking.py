from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from harness.metrics.additive import Family
from harness.metrics.ranking import ranking


def auc(family: Family, weights: np.ndarray | None = None) -> float:
    weights = np.ones(len(family.sums)) if weights is None else weights
    return float(family.metrics[0].value(weights @ family.sums))


def scored(num: int, decimals: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    positive = rng.random(num) < 0.3
    return rng.integers(0, 20, num), positive, np.round(rng.normal(positive, 1.0), decimals)


@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_the_value_equals_scikit_learn(decimals: int) -> None:
    subject, positive, score = scored(5000, decimals)
    family = ranking(subject, positive, score, num_subjects=20)
    assert auc(family) == pytest.approx(roc_auc_score(positive, score), abs=1e-12)


@pytest.mark.parametrize(("num", "tolerance"), [(800, 1e-12), (5000, 2e-5)])
def test_resamples_equal_scikit_learn_on_repeated_rows(num: int, tolerance: float) -> None:
    subject, positive, score = scored(num, 12)
    family = ranking(subject, positive, score, num_subjects=20)
    weights = np.random.default_rng(1).integers(0, 4, 20).astype(float)
    rows = np.repeat(np.arange(num), weights[subject].astype(int))
    assert auc(family, weights) == pytest.approx(roc_auc_score(positive[rows], score[rows]), abs=tolerance)


def test_turning_the_score_and_the_class_around_changes_nothing() -> None:
    subject, positive, score = scored(500, 1)
    forth = auc(ranking(subject, positive, score, num_subjects=20))
    back = auc(ranking(subject, ~positive, -score, num_subjects=20))
    assert forth == pytest.approx(back, abs=1e-12)


def test_missing_scores_are_left_out_and_counted() -> None:
    score = np.array([0.1, 0.9, np.nan])
    family = ranking(np.array([0, 0, 1]), np.array([False, True, True]), score, num_subjects=2)
    (metric,) = family.metrics
    total = family.sums.sum(0)
    assert auc(family) == 1.0
    assert (metric.num_samples(total), metric.num_unscored(total)) == (2, 1)


def test_one_class_alone_has_no_auc() -> None:
    assert np.isnan(auc(ranking(np.array([0, 1]), np.array([True, True]), np.array([0.1, 0.2]), num_subjects=2)))
    assert np.isnan(auc(ranking(np.array([0]), np.array([True]), np.array([np.nan]), num_subjects=1)))
