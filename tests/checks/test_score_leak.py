from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.checks.score_leak import joint_p, mean_ranks, rank_statistics, score_leak


def test_rank_statistics_are_those_of_kruskal_and_wallis() -> None:
    rng = np.random.default_rng(0)
    scores, group = rng.integers(0, 9, (30, 3)).astype(float), np.arange(30) % 3
    scores[:, 2] = 1.0
    order = rng.permutation(30)
    ranks = mean_ranks(scores)
    assert ranks.tolist() == stats.rankdata(scores, axis=0).tolist()
    found = rank_statistics(np.stack([ranks, ranks[order]]), group)
    for values, of_order in zip((scores, scores[order]), found, strict=True):
        for column in (0, 1):
            expected = stats.kruskal(*(values[group == g, column] for g in range(3))).statistic
            assert of_order[column] == pytest.approx(expected)
        assert of_order[2] == 0


def test_the_joint_p_of_two_statistics_by_hand() -> None:
    """p-values 1/5 and 4/5 of the observed; of the others the smaller are 2/5, 3/5, 1/5 and 2/5."""
    statistics = np.array([[9.0, 8.0, 7.0, 6.0, 5.0], [2.0, 1.0, 3.0, 5.0, 4.0]])
    assert joint_p(statistics) == pytest.approx(2 / 5)
    assert joint_p(statistics[:, ::-1]) == pytest.approx(4 / 5)
    assert joint_p(np.ones((2, 5))) == 1.0


@pytest.mark.slow
def test_the_test_holds_its_level_and_finds_either_kind_of_leak() -> None:
    """Of 100 studies at 5 %, chance alone raises more than 11 in 0.4 % of cases."""
    p_alike, p_one, p_spread = [], [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        group, labels, scores = np.arange(24) % 2, rng.normal(size=(24, 2)), rng.normal(size=(24, 4))
        p_alike.append(score_leak(labels, scores, group, seed).p)
        if seed < 20:
            p_one.append(score_leak(labels, scores + 1.8 * np.outer(group, [1, 0, 0, 0]), group, seed).p)
            p_spread.append(score_leak(labels, scores + 0.9 * group[:, None], group, seed).p)
    assert np.mean(np.array(p_alike) <= 0.05) <= 0.11
    assert np.mean(np.array(p_one) <= 0.05) >= 0.7
    assert np.mean(np.array(p_spread) <= 0.05) >= 0.5


def test_the_score_that_differs_most_is_told_though_scores_lie_far_apart() -> None:
    rng = np.random.default_rng(0)
    group, scores = np.arange(24) % 2, rng.normal(size=(24, 3)) + np.array([0, 20, 40])
    scores[:, 1] += 3 * group
    assert score_leak(rng.normal(size=(24, 2)), scores, group, 0).score == 1
