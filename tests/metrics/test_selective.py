from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.selective import NUM_RISK_BINS, RiskPoint, aurc, risk_at, risk_coverage, selective


def sums(confidence: np.ndarray, right: np.ndarray, num_bins: int = NUM_RISK_BINS) -> np.ndarray:
    edges = equal_mass_edges(confidence[~np.isnan(confidence)], num_bins)
    zeros = np.zeros(len(right), dtype=np.int64)
    return selective(zeros, confidence, right.astype(bool), num_rows=1, edges=edges).sums[0]


def test_a_hand_worked_example() -> None:
    # From the most confident: right, wrong, right, right. Risk is 0 up to 1 sample, then (m - 1) / m up to 2, then
    # 1 / m: the integral is 0 + (1 - ln 2) + ln 2 = 1, and its mean over 4 samples is 1/4.
    found = sums(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1, 0, 1, 1]))
    assert aurc(found) == pytest.approx(0.25)
    assert risk_at(found, 0.5) == pytest.approx(1 / 2)
    assert risk_at(found, 0.75) == pytest.approx(1 / 3)
    assert risk_at(found, 1.0) == pytest.approx(1 / 4)
    expected = [RiskPoint(0.25, 0.0), RiskPoint(0.5, 0.5), RiskPoint(0.75, 1 / 3), RiskPoint(1.0, 0.25)]
    assert risk_coverage(found) == expected


def test_few_samples_have_the_integral_and_not_the_mean_after_each_sample() -> None:
    # Right, then wrong: the risk is 0 up to 1 sample, then (m - 1) / m, whose integral is 1 - ln 2; halved. The
    # mean of the error rates after each sample would be (0 + 1/2) / 2 = 0.25.
    assert aurc(sums(np.array([0.9, 0.8]), np.array([1, 0]))) == pytest.approx((1 - np.log(2)) / 2)


@pytest.mark.parametrize(("share", "tolerance"), [(0.5, 0.002), (0.1, 0.006), (0.02, 0.02)])
def test_a_group_in_a_fiftieth_of_the_range_has_bins_of_its_own(share: float, tolerance: float) -> None:
    """Beside the mean over i of the risk of the i most confident."""
    rng = np.random.default_rng(0)
    of_group = int(20_000 * share)
    rest, confidence = 0.5 + 0.5 * rng.random(20_000 - of_group), 0.65 + 0.01 * rng.random(of_group)
    right = rng.random(of_group) < 0.3 + 50 * (confidence - 0.65)
    edges = equal_mass_edges(np.concatenate([rest, confidence]), NUM_RISK_BINS)
    tally = selective(np.zeros(of_group, int), confidence, right, num_rows=1, edges=edges)
    wrong = (~right[np.argsort(-confidence)]).cumsum()
    assert aurc(tally.sums[0]) == pytest.approx((wrong / np.arange(1, of_group + 1)).mean(), abs=tolerance)


def test_the_area_is_the_integral_of_the_risk() -> None:
    rng = np.random.default_rng(0)
    confidence = rng.random(200)
    found = sums(confidence, rng.random(200) < confidence, 10)
    area, _ = quad(lambda share: float(risk_at(found, share)), 1e-9, 1, limit=400)
    assert aurc(found) == pytest.approx(area, abs=1e-6)


def test_values_are_those_of_the_sorted_samples_to_the_width_of_a_bin() -> None:
    """Geifman & El-Yaniv (2017): the mean over i of the risk of the i most confident."""
    rng = np.random.default_rng(1)
    confidence = rng.random(20_000)
    right = rng.random(20_000) < 0.3 + 0.7 * confidence
    wrong = np.cumsum(~right[np.argsort(-confidence)])
    risk = wrong / np.arange(1, 20_001)
    found = sums(confidence, right)
    assert aurc(found) == pytest.approx(risk.mean(), abs=5e-4)
    assert risk_at(found, 0.8) == pytest.approx(risk[15_999], abs=5e-4)


def test_a_constant_confidence_has_the_risk_of_all() -> None:
    found = sums(np.full(10, 0.7), np.arange(10) < 6)
    assert aurc(found) == pytest.approx(0.4)
    assert risk_at(found, 0.8) == pytest.approx(0.4)


def test_samples_without_a_confidence_are_left_out_and_counted() -> None:
    confidence, right = np.array([0.9, np.nan, 0.8]), np.array([True, True, False])
    tally = selective(np.array([0, 0, 1]), confidence, right, num_rows=2, edges=np.array([0.8]))
    total = tally.sums.sum(0)
    for metric in tally.metrics:
        assert (metric.num_samples(total), metric.num_unscored(total)) == (2, 1)
    assert tally.metrics[1].value(total) == pytest.approx((0.6) / 1.6)
