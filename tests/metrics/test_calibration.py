from __future__ import annotations

import itertools

import numpy as np
import pytest

from harness.metrics.calibration import Bin, calibration, reliability


def ece(truth: np.ndarray, probabilities: np.ndarray) -> float:
    family = calibration(np.zeros(len(truth), dtype=np.int64), truth, probabilities, num_subjects=1)
    return float(family.metrics[0].value(family.sums.sum(0)))


def reference_ece(confidence: np.ndarray, right: np.ndarray, num_bins: int = 15) -> float:
    """The loop of Guo et al. (2017): bins closed above."""
    edges = np.linspace(0, 1, num_bins + 1)
    total = 0.0
    for low, high in itertools.pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return total


def test_a_hand_worked_example() -> None:
    # Two samples at 0.9, one of them right: |0.5 - 0.9|; two at 0.6, both right: |1 - 0.6|.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.6, 0.4], [0.4, 0.6]])
    assert ece(np.array([0, 1, 0, 1]), probabilities) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


@pytest.mark.parametrize("seed", range(3))
def test_values_equal_the_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, probabilities = rng.integers(0, 5, 700), rng.dirichlet(np.full(5, 0.5), 700)
    expected = reference_ece(probabilities.max(1), probabilities.argmax(1) == truth)
    assert ece(truth, probabilities) == pytest.approx(expected)


def test_certainty_falls_into_the_last_bin() -> None:
    assert ece(np.array([0, 0]), np.array([[1.0, 0.0], [0.0, 1.0]])) == pytest.approx(0.5)


def test_a_calibrated_model_comes_near_zero() -> None:
    rng = np.random.default_rng(0)
    positive = rng.uniform(0, 1, 200_000)
    truth = (rng.random(200_000) < positive).astype(np.int64)
    assert ece(truth, np.stack([1 - positive, positive], axis=1)) < 0.005


def test_rows_without_probabilities_are_left_out_and_counted() -> None:
    probabilities = np.array([[0.9, 0.1], [np.nan, np.nan]])
    family = calibration(np.array([0, 1]), np.array([0, 0]), probabilities, num_subjects=2)
    (metric,) = family.metrics
    total = family.sums.sum(0)
    assert metric.value(total) == pytest.approx(0.1)
    assert (metric.num_samples(total), metric.num_unscored(total)) == (1, 1)
    assert np.isnan(metric.value(family.sums)[1])


def test_reliability_is_what_ece_compares() -> None:
    # Three samples at 0.9, two of them right; one at 0.6, wrong.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.6, 0.4]])
    family = calibration(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), probabilities, num_subjects=2)
    low, high = reliability(family.sums.sum(0))
    assert low == Bin(8 / 15, 9 / 15, 1, pytest.approx(0.6), 0.0)
    assert high == Bin(13 / 15, 14 / 15, 3, pytest.approx(0.9), pytest.approx(2 / 3))
    rng = np.random.default_rng(4)
    truth, random = rng.integers(0, 5, 700), rng.dirichlet(np.full(5, 0.5), 700)
    family = calibration(np.zeros(700, dtype=np.int64), truth, random, num_subjects=1)
    bins = reliability(family.sums.sum(0))
    assert sum(one.num_samples for one in bins) == 700
    weighted = sum(one.num_samples * abs(one.right - one.confidence) for one in bins) / 700
    assert weighted == pytest.approx(ece(truth, random))
