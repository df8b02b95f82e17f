from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.rating_gold import agreement, concordance, gold_standard
from harness.metrics.dimensional import ccc, moments

RNG = np.random.default_rng(0)
COURSE = np.sin(np.arange(50) / 7)


def test_the_estimator_weights_raters_by_their_correlation_with_the_mean() -> None:
    ratings = np.stack([COURSE, 0.5 * COURSE + RNG.normal(0, 0.3, 50), RNG.normal(0, 1, 50)], axis=1)
    weights = np.array([np.corrcoef(one, ratings.mean(axis=1))[0, 1] for one in ratings.T])
    np.testing.assert_allclose(gold_standard(ratings, "ewe"), ratings @ weights / weights.sum())
    np.testing.assert_allclose(gold_standard(ratings, "mean"), ratings.mean(axis=1))


def test_who_goes_against_all_is_left_out_and_gaps_are_no_ratings() -> None:
    ratings = np.stack([COURSE, COURSE, -0.5 * COURSE], axis=1)
    np.testing.assert_allclose(gold_standard(ratings, "ewe"), COURSE)
    ratings[3] = [np.nan, 0.25, np.nan]
    ratings[4] = np.nan
    gold = gold_standard(ratings, "ewe")
    assert gold[3] == 0.25
    assert np.isnan(gold[4])
    constant = np.full((5, 2), [0.1, 0.3])
    np.testing.assert_allclose(gold_standard(constant, "ewe"), np.full(5, 0.2))


def test_concordance_is_that_of_the_metric() -> None:
    other = 0.8 * COURSE + RNG.normal(0.1, 0.2, 50)
    expected = ccc(moments(np.zeros(50, int), COURSE, other, 1)[0])
    assert concordance(COURSE, other) == pytest.approx(float(expected))
    assert np.isnan(concordance(np.zeros(5), np.zeros(5)))
    assert np.isnan(concordance(np.array([1.0, np.nan]), np.array([np.nan, 1.0])))


def test_agreement_of_pairs_and_with_the_others() -> None:
    ratings = np.stack([COURSE, COURSE, -COURSE], axis=1)
    found = agreement(ratings)
    pairs = [1.0, concordance(COURSE, -COURSE), concordance(COURSE, -COURSE)]
    assert found.pairwise == pytest.approx(np.mean(pairs))
    assert found.with_others[2] == pytest.approx(-1.0, abs=0.02)
    assert np.isnan(agreement(COURSE[:, None]).pairwise)


@pytest.mark.parametrize("level", [0.1, 0.3, 0.7])
def test_a_rater_who_never_moves_agrees_with_nobody_and_goes_against_nobody(level: float) -> None:
    still_T, moved_T = np.full(1000, level), np.random.default_rng(0).random(1000)
    assert np.isnan(concordance(still_T, still_T.copy()))
    found = agreement(np.stack([still_T, still_T, moved_T], axis=1))
    assert (found.pairwise, found.with_others.tolist()) == (0.0, [0.0, 0.0, 0.0])
    ratings_TK = np.stack([still_T, moved_T], axis=1)
    assert gold_standard(ratings_TK, "ewe") == pytest.approx(moved_T)
