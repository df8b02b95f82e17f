"""Distances between probabilities and votes, held against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from harness.metrics.probabilistic import CLIP
from harness.metrics.soft_labels import soft_labels


def measured(probabilities: np.ndarray, votes: np.ndarray) -> dict[str, float]:
    rows = np.arange(len(votes)) % 3
    tally = soft_labels(rows, probabilities.astype(float), votes.astype(float), num_rows=4)
    total = tally.sums.sum(0)
    counts = {"samples": tally.metrics[0].num_samples(total), "unscored": tally.metrics[0].num_unscored(total)}
    return {metric.name: float(metric.value(total)) for metric in tally.metrics} | counts


def test_the_distances_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    p, votes = rng.dirichlet(np.ones(5), 200), rng.integers(0, 6, (200, 5))
    votes[:, 0] += 1
    q = votes / votes.sum(1, keepdims=True)
    found = measured(p, votes)
    assert found["kl_divergence"] == pytest.approx(np.mean(entropy(q, p, axis=1)))
    assert found["cross_entropy"] == pytest.approx(np.mean(entropy(q, axis=1) + entropy(q, p, axis=1)))
    assert found["js_divergence"] == pytest.approx(np.mean(jensenshannon(p, q, base=2, axis=1) ** 2))
    assert found["total_variation"] == pytest.approx(np.mean(np.abs(p - q).sum(1) / 2))
    assert found["brier_votes"] == pytest.approx(np.mean(np.square(p - q).sum(1)))


def test_probabilities_that_are_the_shares_are_perfect() -> None:
    votes = np.array([[3, 1, 0], [0, 2, 0], [1, 1, 1]])
    found = measured(votes / votes.sum(1, keepdims=True), votes)
    perfect = [found[name] for name in ("kl_divergence", "js_divergence", "total_variation", "brier_votes")]
    assert perfect == pytest.approx([0, 0, 0, 0], abs=1e-7)
    assert found["cross_entropy"] == pytest.approx(np.mean(entropy(votes, axis=1)), abs=1e-7)


def test_a_class_without_a_probability_counts_as_nearly_impossible() -> None:
    found = measured(np.array([[1.0, 0.0]]), np.array([[0, 7]]))
    assert found["cross_entropy"] == found["kl_divergence"] == pytest.approx(-np.log(CLIP))
    assert (found["js_divergence"], found["total_variation"], found["brier_votes"]) == (1.0, 1.0, 2.0)


def test_samples_without_votes_or_without_probabilities_are_left_out() -> None:
    nothing = np.nan
    p = np.array([[0.5, 0.5], [nothing, nothing], [0.9, 0.1], [nothing, nothing]])
    found = measured(p, np.array([[1, 1], [1, 1], [0, 0], [0, 0]]))
    assert (found["samples"], found["unscored"], found["total_variation"]) == (1, 1, 0.0)


def test_probabilities_that_sum_to_nearly_one_are_divided_by_their_sum() -> None:
    found = measured(np.array([[0.6006, 0.4004]]), np.array([[3, 2]]))
    assert [found["kl_divergence"], found["total_variation"]] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_number_of_raters_does_not_matter_but_their_shares_do() -> None:
    p = np.array([[0.7, 0.2, 0.1]])
    assert measured(p, np.array([[2, 1, 0]])) == measured(p, np.array([[20, 10, 0]]))
