"""Each rule against values worked by hand, and learned weights against what theory says they are."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad
from scipy.special import softmax

from harness.arrays import Floats
from harness.models import fusion_rules
from harness.models.fusion_rules import (
    MAX_WEIGHT,
    fit_weights,
    mean_of_present,
    mean_scores,
    most_voted,
    product_scores,
    vote_shares,
    weighted_product,
)

NAN = float("nan")


def test_the_mean_is_that_of_the_systems_that_have_a_say() -> None:
    scores = np.array(
        [
            [[0.8, 0.2], [0.4, 0.6]],  # both
            [[0.8, 0.2], [NAN, NAN]],  # one has no answer
            [[0.5, 0.5], [1.0, NAN]],  # one cannot answer the second class: .75 and .5, renormalised
            [[NAN, NAN], [NAN, NAN]],
        ]
    )
    assert mean_scores(scores) == pytest.approx(
        np.array([[0.6, 0.4], [0.8, 0.2], [0.6, 0.4], [NAN, NAN]]), nan_ok=True
    )


def test_the_product_is_the_renormalised_geometric_mean() -> None:
    scores = np.array([[[0.8, 0.2], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]], [[0.8, 0.2], [NAN, NAN]]])
    expected = [2 / 3, 0.5, 0.8]  # sqrt(.4) : sqrt(.1) is 2 : 1
    assert product_scores(scores)[:, 0] == pytest.approx(expected)
    vetoed = product_scores(np.array([[[1.0, 0.0], [0.01, 0.99]]]))
    assert 0 < vetoed[0, 1] < vetoed[0, 0]  # a score of zero weighs much and rules nothing out


def test_votes_are_counted_and_ties_are_decided_by_the_scores() -> None:
    shares = vote_shares(np.array([[0, 0, 1], [0, 1, -1], [1, 0, -1], [-1, -1, -1]]), 3)
    assert shares[:3] == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0.5, 0.5, 0], [0.5, 0.5, 0]]))
    assert np.isnan(shares[3]).all()
    scores = np.array([[0.1, 0.2, 0.7], [0.3, 0.6, 0.1], [0.5, 0.5, 0.0]])
    assert most_voted(shares[:3], scores).tolist() == [0, 1, 0]


def test_weights_of_one_are_bayes_rule() -> None:
    scores = np.array([[[0.6, 0.3, 0.1], [0.5, 0.25, 0.25]]])
    assert weighted_product(scores, np.ones(2))[0] == pytest.approx(np.array([0.3, 0.075, 0.025]) / 0.4)


def test_a_class_on_which_nobody_has_a_say_gets_nothing() -> None:
    scores = np.array([[[0.7, 0.3, NAN], [NAN, NAN, NAN]]])
    assert weighted_product(scores, np.ones(2))[0] == pytest.approx([0.7, 0.3, 0.0])


def test_a_system_without_a_say_on_a_class_neither_favours_nor_excludes_it() -> None:
    """It counts as the average of its own classes, so one that sees no difference changes nothing."""
    one, other = [0.6, 0.3, 0.1], [0.5, 0.5, NAN]
    assert weighted_product(np.array([[one, other]]), np.ones(2))[0] == pytest.approx(one)


def separated(skills: list[float], num: int, seed: int) -> tuple[Floats, np.ndarray]:
    """Systems that see the true class by so many standard deviations, and say softmax of what they see."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, num)
    seen = rng.standard_normal((num, len(skills), 4))
    seen[np.arange(num), :, truth] += np.array(skills)
    return softmax(seen, axis=2), truth


def test_learned_weights_are_those_of_the_likelihood_ratio() -> None:
    """The likelihood ratio of N(d, 1) to N(0, 1) at z is exp(d z - d²/2): the best weight of a system is its d."""
    skills = [2.0, 0.7, 0.0]
    scores, truth = separated(skills, 20_000, seed=1)
    assert fit_weights(scores, truth) == pytest.approx(skills, abs=0.06)


def test_learned_weights_hold_where_systems_are_missing_at_random() -> None:
    skills = [1.5, 0.7, 0.0]
    scores, truth = separated(skills, 20_000, seed=2)
    scores[np.random.default_rng(3).random((20_000, 3)) < 0.3] = np.nan
    kept = np.isfinite(scores).any(axis=(1, 2))
    assert fit_weights(scores[kept], truth[kept]) == pytest.approx(skills, abs=0.08)


def test_a_system_that_says_what_another_says_shares_its_weight() -> None:
    scores, truth = separated([1.0], 5_000, seed=4)
    alone = fit_weights(scores, truth)
    assert fit_weights(np.repeat(scores, 2, axis=1), truth).sum() == pytest.approx(alone.sum(), rel=1e-3)


def test_a_system_that_is_always_right_has_a_bounded_weight() -> None:
    sure = np.full((10, 1, 2), [[0.6, 0.4]])
    assert fit_weights(sure, np.zeros(10, np.int64)).tolist() == [MAX_WEIGHT]


def test_the_gradient_is_that_of_the_loss() -> None:
    scores, truth = separated([1.0, 0.3], 200, seed=5)
    scores[::7, 0] = np.nan
    scores[1::5, 1, 3] = np.nan
    possible = np.isfinite(scores).any(axis=1)
    kept = possible[np.arange(200), truth]
    scores, truth, possible = scores[kept], truth[kept], possible[kept]
    logs = fusion_rules._centred_logs(scores)

    def value(weights: Floats) -> float:
        return fusion_rules._log_loss(weights, logs, possible, truth)[0]

    def slope(weights: Floats) -> Floats:
        return fusion_rules._log_loss(weights, logs, possible, truth)[1]

    assert check_grad(value, slope, np.array([0.8, 1.3])) < 1e-6


def test_dimensions_are_averaged_where_they_are_there() -> None:
    found = mean_of_present(np.array([[0.2, 0.4], [NAN, -1.0], [NAN, NAN]]))
    assert found == pytest.approx([0.3, -1.0, NAN], nan_ok=True)
