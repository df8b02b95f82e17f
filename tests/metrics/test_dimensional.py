from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import root_mean_squared_error

from harness.metrics.dimensional import bias, ccc, dimensional, label_sd, moments, pearson, rmse


def sums(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    return moments(np.zeros(len(truth), dtype=np.int64), truth, predicted, 1)[0]


def test_a_hand_worked_example() -> None:
    # y = (1, 2, 3), p = (2, 2, 5): means 2 and 3, population variances 2/3 and 2, covariance 1.
    found = sums(np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 5.0]))
    assert ccc(found) == pytest.approx(2 / (2 / 3 + 2 + 1))
    assert pearson(found) == pytest.approx(1 / np.sqrt(4 / 3))
    assert rmse(found) == pytest.approx(np.sqrt(5 / 3))


def test_values_equal_independent_formulas() -> None:
    rng = np.random.default_rng(1)
    truth = rng.uniform(-1, 1, 300)
    predicted = 0.1 + 0.5 * truth + rng.normal(0, 0.2, 300)
    found = sums(truth, predicted)
    difference_mean = truth.mean() - predicted.mean()
    covariance = np.cov(truth, predicted, ddof=0)
    expected = 2 * covariance[0, 1] / (covariance[0, 0] + covariance[1, 1] + difference_mean**2)
    assert ccc(found) == pytest.approx(expected, rel=1e-9)
    assert pearson(found) == pytest.approx(stats.pearsonr(truth, predicted).statistic, rel=1e-9)
    assert rmse(found) == pytest.approx(root_mean_squared_error(truth, predicted), rel=1e-9)


def test_missing_predictions_are_left_out_and_counted() -> None:
    truth, predicted = np.array([0.1, 0.5, -0.5, 0.9]), np.array([0.2, np.nan, -0.3, 0.8])
    found = sums(truth, predicted)
    assert found[0] == 3
    assert found[6] == 1
    assert rmse(found) == pytest.approx(root_mean_squared_error(truth[[0, 2, 3]], predicted[[0, 2, 3]]))


@pytest.mark.parametrize("constant", [0.0, 0.3, 1e3 / 3])
def test_a_constant_prediction_has_no_correlation_and_a_ccc_of_zero(constant: float) -> None:
    found = sums(np.array([0.1, 0.5, -0.5, 0.7]), np.full(4, constant))
    assert np.isnan(pearson(found))
    assert ccc(found) == pytest.approx(0.0, abs=1e-10)


def test_undefined_values_are_nan() -> None:
    one = sums(np.array([0.5]), np.array([0.5]))
    same = sums(np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    none = sums(np.array([0.5]), np.array([np.nan]))
    assert np.isnan([ccc(one), pearson(one), ccc(same), ccc(none), rmse(none)]).all()
    assert rmse(one) == 0


def test_names_carry_the_dimension() -> None:
    tally = dimensional("valence", np.array([0, 1]), np.array([0.1, 0.2]), np.array([0.3, 0.4]), num_rows=2)
    names = [metric.name for metric in tally.metrics]
    assert names == ["ccc:valence", "pearson:valence", "bias:valence", "rmse:valence"]


def test_bias_is_positive_where_predictions_are_too_high() -> None:
    # Differences of +0.3, -0.1 and +0.1.
    assert bias(sums(np.array([0.1, 0.5, -0.5]), np.array([0.4, 0.4, -0.4]))) == pytest.approx(0.1)


def test_chance_is_always_answering_the_mean() -> None:
    rng = np.random.default_rng(2)
    truth = rng.uniform(-1, 1, 50)
    found = sums(truth, rng.uniform(-1, 1, 50))
    assert label_sd(found) == pytest.approx(root_mean_squared_error(truth, np.full(50, truth.mean())))


def test_what_is_held_against_chance() -> None:
    """A correlation against 0; the RMSE against the spread of the truth, 0.4 around its mean of 0.1."""
    truth = np.array([0.5, -0.3, 0.5, -0.3])
    tally = dimensional("arousal", np.zeros(4, int), truth, np.array([0.5, 0.5, -0.3, 0.1]), num_rows=1)
    chance = {m.name: m.chance(tally.sums[0]) for m in tally.metrics if m.chance is not None}
    assert chance == {"ccc:arousal": 0.0, "pearson:arousal": 0.0, "rmse:arousal": pytest.approx(0.4)}
