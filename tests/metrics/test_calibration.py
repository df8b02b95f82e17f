from __future__ import annotations

import itertools

import numpy as np
import pytest

from harness.metrics.calibration import NUM_CALIBRATION_BINS, Bin, calibration, reliability
from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.tally import Tally

NO_EDGES = np.empty(0)


def tally_of(subject: np.ndarray, confidence: np.ndarray, right: np.ndarray, edges: np.ndarray) -> Tally:
    num = int(subject.max(initial=-1)) + 1
    return calibration(subject, confidence, right.astype(bool), num_rows=num, edges=edges)


def value(tally: Tally, name: str) -> float:
    (metric,) = (metric for metric in tally.metrics if metric.name == name)
    return float(metric.value(tally.sums.sum(0)))


def ece(confidence: np.ndarray, right: np.ndarray) -> float:
    edges = equal_mass_edges(confidence, NUM_CALIBRATION_BINS)
    return value(tally_of(np.zeros(len(right), dtype=np.int64), confidence, right, edges), "ece")


def test_a_hand_worked_example() -> None:
    # Two samples at 0.9, one of them right: |0.5 - 0.9|; two at 0.6, both right: |1 - 0.6|.
    assert ece(np.array([0.9, 0.9, 0.6, 0.6]), np.array([1, 0, 1, 1])) == pytest.approx(0.5 * 0.4 + 0.5 * 0.4)


@pytest.mark.parametrize("seed", range(3))
def test_values_equal_the_definition(seed: int) -> None:
    """The loop of Guo et al. (2017), over bins that each hold a fifteenth of the sorted samples."""
    rng = np.random.default_rng(seed)
    confidence, right = rng.beta(5, 2, 750), rng.random(750) < 0.6
    order = np.argsort(confidence)
    expected = sum(
        len(part) / 750 * abs(right[part].mean() - confidence[part].mean()) for part in np.split(order, 15)
    )
    assert ece(confidence, right) == pytest.approx(expected)


def test_a_calibrated_model_comes_near_zero() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, 200_000)
    assert ece(confidence, rng.random(200_000) < confidence) < 0.005


def test_samples_without_a_confidence_are_left_out_and_counted() -> None:
    tally = tally_of(np.array([0, 1]), np.array([0.9, np.nan]), np.array([1, 0]), NO_EDGES)
    metric = tally.metrics[0]
    total = tally.sums.sum(0)
    assert metric.value(total) == pytest.approx(0.1)
    assert (metric.num_samples(total), metric.num_unscored(total)) == (1, 1)
    assert np.isnan(metric.value(tally.sums)[1])


def test_the_squared_error_is_that_of_pairs_of_different_subjects() -> None:
    rng = np.random.default_rng(2)
    subject, confidence, right = rng.integers(0, 6, 90), rng.uniform(0.3, 1, 90), rng.random(90) < 0.4
    edges = np.array([0.5, 0.8])
    expected = 0.0
    for inside in (confidence <= 0.5, (confidence > 0.5) & (confidence <= 0.8), confidence > 0.8):
        error = (right - confidence)[inside]
        who = subject[inside]
        pairs = [error[i] * error[j] for i, j in itertools.product(range(len(who)), repeat=2) if who[i] != who[j]]
        expected += inside.mean() * np.mean(pairs)
    tally = tally_of(subject, confidence, right, edges)
    assert value(tally, "calibration_error_sq") == pytest.approx(expected)


@pytest.mark.parametrize(("subjects", "offset"), [(5, 0.0), (40, 0.0), (5, 0.2), (40, 0.2)])
def test_the_squared_error_does_not_depend_on_the_number_of_subjects(subjects: int, offset: float) -> None:
    """Subjects of intra-class correlation 0.2: its mean is the offset squared, while that of ECE is not."""
    rng = np.random.default_rng(3)
    found = {"ece": [], "calibration_error_sq": []}
    subject = np.repeat(np.arange(subjects), 20)
    for _ in range(600):
        rate = rng.beta(0.6 * 4, 0.4 * 4, subjects)
        right = rng.random(len(subject)) < rate[subject]
        tally = tally_of(subject, np.full(len(subject), 0.6 + offset), right, NO_EDGES)
        for name, values in found.items():
            values.append(value(tally, name))
    standard_error = np.std(found["calibration_error_sq"]) / np.sqrt(600)
    assert np.mean(found["calibration_error_sq"]) == pytest.approx(offset**2, abs=3.5 * standard_error)
    assert np.mean(found["ece"]) > offset + (0.02 if offset == 0 else -0.01)


def test_one_subject_has_no_squared_error() -> None:
    tally = tally_of(np.array([0, 0]), np.array([0.8, 0.9]), np.array([1, 0]), NO_EDGES)
    assert np.isnan(value(tally, "calibration_error_sq"))


def test_parts_of_a_subject_join_into_one() -> None:
    rng = np.random.default_rng(4)
    subject, cell = rng.integers(0, 5, 80), rng.integers(0, 2, 80)
    confidence, right, edges = rng.uniform(0.4, 1, 80), rng.random(80) < 0.5, np.array([0.7])
    whole = tally_of(subject, confidence, right, edges)
    parts = calibration(subject * 2 + cell, confidence, right, num_rows=10, edges=edges)
    joined = parts.joined(np.arange(10) // 2, 5)
    np.testing.assert_allclose(joined.sums, whole.sums, rtol=1e-12, atol=1e-12)


def test_reliability_is_what_ece_compares() -> None:
    # Three samples at 0.9, two of them right; one at 0.6, wrong.
    edges = np.array([0.6])
    tally = tally_of(np.array([0, 0, 1, 1]), np.array([0.9, 0.9, 0.9, 0.6]), np.array([1, 0, 1, 0]), edges)
    low, high = reliability(tally.sums.sum(0), edges)
    assert low == Bin(0.0, 0.6, 1, pytest.approx(0.6), 0.0)
    assert high == Bin(0.6, 1.0, 3, pytest.approx(0.9), pytest.approx(2 / 3))
    weighted = sum(one.num_samples * abs(one.right - one.confidence) for one in (low, high)) / 4
    assert weighted == pytest.approx(value(tally, "ece"))
