from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, log_loss

from harness.metrics.probabilistic import RowKind, are_probabilities, as_probabilities, probabilistic, row_kinds


def values(truth: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    tally = probabilistic(np.zeros(len(truth), dtype=np.int64), truth, probabilities, num_rows=1)
    total = tally.sums.sum(0)
    return {metric.name: float(metric.value(total)) for metric in tally.metrics}


def test_a_hand_worked_example() -> None:
    found = values(np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]]))
    assert found["log_loss"] == pytest.approx(-(np.log(0.8) + np.log(0.4)) / 2)
    assert found["brier"] == pytest.approx((0.04 + 0.04 + 0.36 + 0.36) / 2)


def test_values_equal_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, probabilities = rng.integers(0, 4, 500), rng.dirichlet(np.ones(4), 500)
    found = values(truth, probabilities)
    assert found["log_loss"] == pytest.approx(log_loss(truth, probabilities))
    assert found["brier"] == pytest.approx(brier_score_loss(truth, probabilities, scale_by_half=False))


def test_a_certain_error_costs_a_finite_loss() -> None:
    found = values(np.array([1]), np.array([[1.0, 0.0]]))
    assert found["log_loss"] == pytest.approx(23 * np.log(2))  # float32 has 23 bits after the leading one
    assert found["brier"] == pytest.approx(2.0)


def test_what_is_below_a_float32s_precision_costs_no_more_than_zero() -> None:
    worst = 23 * np.log(2)
    for probability, loss in ((1e-30, worst), (1e-7, worst), (2.0**-22, 22 * np.log(2))):
        found = values(np.array([1]), np.array([[1 - probability, probability]]))
        assert found["log_loss"] == pytest.approx(loss)
    metric = probabilistic(np.array([0]), np.array([0]), np.array([[0.5, 0.5]]), num_rows=1).metrics[0]
    assert (metric.name, metric.low, metric.high) == ("log_loss", 0.0, pytest.approx(worst))


def test_a_certain_right_answer_costs_nothing() -> None:
    assert values(np.array([0]), np.array([[1.0, 0.0]])) == {"log_loss": 0.0, "brier": 0.0}


def test_rows_without_probabilities_are_left_out_and_counted() -> None:
    probabilities = np.array([[0.8, 0.2], [np.nan, np.nan]])
    tally = probabilistic(np.array([0, 1]), np.array([0, 0]), probabilities, num_rows=2)
    total = tally.sums.sum(0)
    metric = tally.metrics[0]
    assert metric.value(total) == pytest.approx(-np.log(0.8))
    assert (metric.num_samples(total), metric.num_unscored(total)) == (1, 1)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([0.5, 0.5], RowKind.PROBABILITIES),
        ([0.5, 0.5005], RowKind.PROBABILITIES),
        ([0.0, 1.0], RowKind.PROBABILITIES),
        ([0.33, 0.66], RowKind.ROUNDED),
        ([0.34, 0.67], RowKind.ROUNDED),
        ([0.3322, 0.6674], RowKind.PROBABILITIES),
        ([0.3, 0.6], RowKind.ROUNDED),
        ([0.34, 0.68], RowKind.OTHER),
        ([0.3333, 0.6789], RowKind.OTHER),
        ([0.337654321, 0.670987], RowKind.OTHER),
        ([0.5, 0.7], RowKind.OTHER),
        ([1.1, -0.1], RowKind.OTHER),
        ([3.0, -2.0], RowKind.OTHER),
        ([50.0, 50.0], RowKind.OTHER),
        ([np.nan, np.nan], RowKind.ABSENT),
    ],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_probabilities_are_told_from_other_scores(row: list[float], expected: RowKind, kind: type) -> None:
    assert row_kinds(np.array([[0.3, 0.7], row], dtype=kind)).tolist() == [RowKind.PROBABILITIES, expected]


def test_rounding_may_add_up_to_half_a_unit_for_each_label() -> None:
    seven = np.array([[0.14] * 6 + [0.13], [0.15] * 6 + [0.13], [0.15] * 6 + [0.14]])  # sums 0.97, 1.03, 1.04
    assert row_kinds(seven).tolist() == [RowKind.ROUNDED, RowKind.ROUNDED, RowKind.OTHER]


def test_scores_as_probabilities() -> None:
    labels = np.array([[0.25, 0.25, 0.5], [0.33, 0.33, 0.33], [0.5, 0.5, 0.3], [np.nan] * 3], dtype=np.float32)
    classes = np.stack([labels[:, 0], labels[:, 1] + labels[:, 2]], axis=1)
    found = as_probabilities(labels, classes)
    assert found[:2] == pytest.approx(np.array([[0.25, 0.75], [1 / 3, 2 / 3]]), abs=1e-7)
    assert np.isnan(found[2:]).all()
    assert as_probabilities(labels[:1], classes[:1]).base is classes


def test_a_hundredth_of_other_scores_is_left_out_and_more_leave_nothing() -> None:
    assert are_probabilities(0, 0)
    assert are_probabilities(1, 100)
    assert not are_probabilities(2, 199)


def test_scores_in_single_precision_are_summed_in_double() -> None:
    """A square of 1/3 as float32 stores it, three times; in single precision the sum would be off by 1e-8."""
    third = np.float32(1 / 3)
    found = values(np.array([0]), np.full((1, 3), third))
    assert found["brier"] == pytest.approx(3 * float(third) ** 2 - 2 * float(third) + 1, rel=1e-10)
