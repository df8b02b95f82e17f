from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import root_mean_squared_error

from harness.metrics.dimensional import bias, ccc, dimensional, label_sd, moments, pearson, rmse
from harness.statistics.influence import gradient


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


@pytest.mark.parametrize("constant", [0.00001, 0.0003, 0.001, 0.01, 0.9])
@pytest.mark.parametrize("num", [2, 3, 7, 1000])
def test_a_constant_is_one_although_sums_are_rounded(constant: float, num: int) -> None:
    found = sums(np.random.default_rng(num).normal(0, 0.1, num), np.full(num, constant))
    assert np.isnan(pearson(found))
    assert ccc(found) == 0
    assert label_sd(sums(np.full(num, constant), np.zeros(num))) == 0


def test_traces_that_hardly_vary_have_the_ccc_of_the_formula_or_none() -> None:
    """Of label 0.1, 0.1, 0.1 and answer 0.1, 0.1, 0.1000001 rounded sums alone gave -4540."""
    assert np.isnan(ccc(sums(np.full(3, 0.1), np.array([0.1, 0.1, 0.1000001]))))
    rng = np.random.default_rng(0)
    for _ in range(2000):
        num, spread = rng.integers(2, 30), 10 ** rng.uniform(-7, -2)
        truth, predicted = rng.uniform(-0.9, 0.9) + spread * rng.uniform(-1, 1, (2, num))
        found = ccc(sums(truth, predicted))
        apart = truth.var() + predicted.var() + (truth.mean() - predicted.mean()) ** 2
        covariance = ((truth - truth.mean()) * (predicted - predicted.mean())).mean()
        assert np.isnan(found) or -1 <= found <= 1
        if apart > 1e-8:
            assert found == pytest.approx(2 * covariance / apart, abs=0.02)


def test_people_who_all_agree_have_no_influence_on_a_perfect_concordance() -> None:
    truth = np.random.default_rng(0).uniform(-1, 1, 300)
    by_person = moments(np.arange(300) % 10, truth, truth, 10)
    total = by_person.sum(0)
    assert ccc(total) == 1
    assert by_person @ gradient(ccc, total) == pytest.approx(np.zeros(10), abs=1e-8)


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
