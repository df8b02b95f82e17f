from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.ranking import num_bins, ranking
from harness.metrics.tally import Tally


def auc(tally: Tally, weights: np.ndarray | None = None) -> float:
    weights = np.ones(len(tally.sums)) if weights is None else weights
    return float(tally.metrics[0].value(weights @ tally.sums))


def scored(num: int, decimals: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    positive = rng.random(num) < 0.3
    return rng.integers(0, 20, num), positive, np.round(rng.normal(positive, 1.0), decimals)


def tally_of(subject: np.ndarray, positive: np.ndarray, score: np.ndarray, num_subjects: int = 20) -> Tally:
    edges = equal_mass_edges(score[~np.isnan(score)], num_bins(num_subjects))
    return ranking(subject, positive, score, num_rows=num_subjects, edges=edges)


@pytest.mark.parametrize(("num", "decimals", "tolerance"), [(5000, 0, 1e-12), (5000, 1, 1e-12), (5000, 12, 2e-4)])
def test_the_value_equals_scikit_learn(num: int, decimals: int, tolerance: float) -> None:
    subject, positive, score = scored(num, decimals)
    assert auc(tally_of(subject, positive, score)) == pytest.approx(roc_auc_score(positive, score), abs=tolerance)


@pytest.mark.parametrize(("num", "tolerance"), [(500, 1e-12), (5000, 2e-4)])
def test_resamples_equal_scikit_learn_on_repeated_rows(num: int, tolerance: float) -> None:
    subject, positive, score = scored(num, 12)
    weights = np.random.default_rng(1).integers(0, 4, 20).astype(float)
    rows = np.repeat(np.arange(num), weights[subject].astype(int))
    expected = roc_auc_score(positive[rows], score[rows])
    assert auc(tally_of(subject, positive, score), weights) == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(("share", "tolerance"), [(0.1, 0.001), (0.02, 0.006)])
@pytest.mark.parametrize("seed", range(3))
def test_a_group_in_a_fiftieth_of_the_range_has_bins_of_its_own(share: float, tolerance: float, seed: int) -> None:
    """Its value is near scikit-learn's, and within the stated bound of half the ties."""
    rng = np.random.default_rng(seed)
    of_group = int(20_000 * share)
    rest = rng.uniform(-1, 1, 20_000 - of_group)
    positive = rng.random(of_group) < 0.4
    score = 0.3 + 0.04 * np.clip(0.6 * rng.beta(2, 2, of_group) + 0.4 * positive * rng.random(of_group), 0, 1)
    edges = equal_mass_edges(np.concatenate([rest, score]), num_bins(20))
    tally = ranking(np.zeros(of_group, int), positive, score, num_rows=1, edges=edges)
    bins = np.searchsorted(edges, score)
    negatives, positives = (np.bincount(bins[chosen], minlength=num_bins(20)) for chosen in (~positive, positive))
    assert ((negatives + positives) > 0).sum() >= share * num_bins(20) - 1
    off = abs(auc(tally) - roc_auc_score(positive, score))
    assert off <= (negatives / negatives.sum() * positives / positives.sum()).sum() / 2
    assert off < min(tolerance, 1 / (share * num_bins(20)))


def test_very_many_subjects_have_fewer_bins() -> None:
    assert [num_bins(num) for num in (0, 20, 10_000, 20_000, 10_000_000)] == [512, 512, 500, 250, 64]


def test_turning_the_score_and_the_class_around_changes_nothing() -> None:
    subject, positive, score = scored(500, 1)
    forth = auc(tally_of(subject, positive, score))
    back = auc(tally_of(subject, ~positive, -score))
    assert forth == pytest.approx(back, abs=1e-12)


def test_missing_scores_are_left_out_and_counted() -> None:
    score = np.array([0.1, 0.9, np.nan])
    tally = tally_of(np.array([0, 0, 1]), np.array([False, True, True]), score, 2)
    (metric,) = tally.metrics
    total = tally.sums.sum(0)
    assert auc(tally) == 1.0
    assert (metric.num_samples(total), metric.num_unscored(total)) == (2, 1)


def test_one_class_alone_has_no_auc() -> None:
    assert np.isnan(auc(tally_of(np.array([0, 1]), np.array([True, True]), np.array([0.1, 0.2]), 2)))
    assert np.isnan(auc(tally_of(np.array([0]), np.array([True]), np.array([np.nan]), 1)))
