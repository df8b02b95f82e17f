from __future__ import annotations

import numpy as np
import pytest

from harness.measurement.flattened import MAX_DIFFERENCES, flattened_statistics, is_comparable
from harness.metrics.categorical import categorical
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric, Tally


def two_by_two(gradient: bool = True, shape: tuple[int, ...] = (2, 2)) -> tuple[Tally, Metric]:
    """Three rows; the metric is the difference of the diagonal's two ends."""
    metric = Metric(
        facts=MetricFacts(name="toy", title="Toy", meaning=""),
        value=lambda sums: sums[..., 0, 0] - sums[..., -1, -1],
        num_samples=lambda sums: sums.sum((-1, -2)),
        num_unscored=lambda sums: np.zeros(sums.shape[:-2]),
        gradient=(lambda sums: np.array([[1.0, 0.0], [0.0, -1.0]]) + 0 * sums) if gradient else None,
    )
    return Tally(np.arange(3.0 * np.prod(shape)).reshape(3, *shape), (metric,)), metric


def test_statistics_are_one_row_each_and_functions_take_them_back_into_shape() -> None:
    tally, metric = two_by_two()
    flat = flattened_statistics(tally, metric)
    assert flat.statistics.tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    sums = np.array([[[10.0, 0, 0, 4], [1, 0, 0, 3]]])
    assert flat.value(sums).tolist() == [[6, -2]]
    assert flat.derivative is not None
    assert flat.derivative(sums).tolist() == [[[1, 0, 0, -1]] * 2]


def test_no_rows_are_none_of_the_same_width() -> None:
    tally, metric = two_by_two()
    assert flattened_statistics(tally.rows(np.zeros(0, dtype=np.int64)), metric).statistics.shape == (0, 4)


def test_without_a_gradient_the_derivative_is_taken_by_differences() -> None:
    flat = flattened_statistics(*two_by_two(gradient=False))
    assert flat.derivative is None
    assert flat.derived(np.array([10.0, 0, 0, 4])) == pytest.approx([1, 0, 0, -1])


@pytest.mark.parametrize(("shape", "is_cheap"), [((8, 16), True), ((3, 43), False)])
def test_without_a_gradient_few_statistics_can_be_compared(shape: tuple[int, int], is_cheap: bool) -> None:
    assert MAX_DIFFERENCES == 128
    assert is_comparable(*two_by_two(gradient=False, shape=shape)) == is_cheap
    assert is_comparable(*two_by_two(gradient=True, shape=shape))


def test_uar_from_flat_counts_is_uar() -> None:
    """Two classes, three kinds of answers: recalls 3/4 and 1/2."""
    truth, answer = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 0])
    tally = categorical(np.zeros(6, int), truth, answer, num_rows=1, classes=["a", "b"], per_class=False)
    metric = next(m for m in tally.metrics if m.name == "uar")
    flat = flattened_statistics(tally, metric)
    assert flat.value(flat.statistics) == pytest.approx([0.625])


def test_of_a_fraction_two_sums_are_enough() -> None:
    """Accuracy of two rows over three classes: 2 of 4 and 1 of 2; the twelve counts of a row become two."""
    row, truth, answer = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1, 1]), np.array([0, 0, 2, -1, 1, 2])
    tally = categorical(row, truth, answer, num_rows=2, classes=["a", "b", "c"], per_class=False)
    flat = flattened_statistics(tally, tally.metrics[0])
    assert flat.statistics.tolist() == [[2, 4], [1, 2]]
    assert flat.value(np.array([[3.0, 6.0], [0.0, 0.0]])) == pytest.approx([0.5, np.nan], nan_ok=True)
    assert flat.derived(np.array([3.0, 6.0])) == pytest.approx([1 / 6, -1 / 12])
