"""Gradients where sums are stacked twice, and where a class, a stratum or a bin is empty or holds one sample."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.metrics.assignment import negative_assignment, valence_error
from harness.metrics.calibration import calibration
from harness.metrics.categorical import categorical, macro_f1, macro_f1_gradient, uar, uar_gradient
from harness.metrics.conformal import conformal
from harness.metrics.dimensional import dimensional
from harness.metrics.outcomes import outcomes
from harness.metrics.probabilistic import probabilistic
from harness.metrics.ranking import ranking
from harness.metrics.selective import selective
from harness.metrics.tally import Metric, Tally

NUM, ROWS = 90, 6
RNG = np.random.default_rng(0)
ROW, TRUTH = np.arange(NUM) % ROWS, RNG.integers(0, 2, NUM)
PROBABILITIES = RNG.dirichlet([2.0, 1.0], NUM)
CONFIDENCE, RIGHT = PROBABILITIES.max(1), PROBABILITIES.argmax(1) == TRUTH
EDGES = np.array([0.6, 0.7, 0.8])
TALLIES = (
    categorical(ROW, TRUTH, RNG.integers(0, 3, NUM), num_rows=ROWS, classes=["a", "b", "c"], per_class=True),
    ranking(ROW, TRUTH == 1, PROBABILITIES[:, 1], num_rows=ROWS, edges=np.linspace(0.1, 0.9, 9)),
    calibration(ROW, CONFIDENCE, RIGHT, num_rows=ROWS, edges=EDGES),
    selective(ROW, CONFIDENCE, RIGHT, num_rows=ROWS, edges=EDGES),
    probabilistic(ROW, TRUTH, PROBABILITIES, num_rows=ROWS),
    conformal(ROW, TRUTH, PROBABILITIES, np.full(NUM, 0.3), num_rows=ROWS),
    dimensional("valence", ROW, RNG.uniform(-1, 1, NUM), RNG.uniform(-1, 1, NUM), num_rows=ROWS),
    outcomes(ROW, RNG.integers(0, 3, NUM), np.zeros(NUM, int), num_rows=ROWS, reasons=("failed:x",)),
    negative_assignment(ROW, TRUTH, RNG.integers(-1, 2, NUM), num_rows=ROWS, weights_K=np.array([1.0, 3.0])),
    valence_error(ROW, RNG.integers(-2, 3, NUM).astype(float), num_rows=ROWS),
)
METRICS = [(tally, metric) for tally in TALLIES for metric in tally.metrics if metric.gradient is not None]


@pytest.mark.parametrize(("tally", "metric"), METRICS, ids=[metric.name for _, metric in METRICS])
def test_sums_that_are_stacked_twice_have_each_their_own_gradient(tally: Tally, metric: Metric) -> None:
    assert metric.gradient is not None
    sums = np.tensordot(np.random.default_rng(1).uniform(0.5, 1.5, (2, 3, ROWS)), tally.sums, axes=1)
    found = metric.gradient(sums)
    for i, j in np.ndindex(2, 3):
        np.testing.assert_allclose(found[i, j], metric.gradient(sums[i, j]), rtol=1e-12, atol=1e-15)


def derivative(value: object, sums: Floats, place: tuple[int, ...]) -> float:
    """From above: what one statistic more adds, in the limit."""
    assert callable(value)
    more = sums.copy()
    more[place] += 1e-6
    return float((value(more) - value(sums)) / 1e-6)


def test_a_class_that_never_occurs_takes_from_the_others_what_is_answered_so() -> None:
    """Two classes of 3 and 5 samples; the third neither occurs nor is answered, until somebody does answer it.

    Per class: right answers, samples, answers, samples without one.
    """
    counts = np.array([[2.0, 3, 3, 0], [3, 5, 4, 0], [0, 0, 0, 0]])
    for value, gradient_of in ((macro_f1, macro_f1_gradient), (uar, uar_gradient)):
        found = gradient_of(counts)
        for row in (0, 1):
            for column in range(4):
                expected = derivative(value, counts, (row, column))
                assert found[row, column] == pytest.approx(expected, abs=1e-4)
    # One more sample of the first class that is answered wrongly: F1 = 4/6 falls by 4/36, in the mean of two
    # classes by 1/18; and so with one more wrong answer of that class.
    assert macro_f1_gradient(counts)[0, 1] == pytest.approx(-1 / 18)
    assert macro_f1_gradient(counts)[0, 2] == pytest.approx(-1 / 18)


def test_selective_risk_has_a_slope_where_what_is_answered_ends_with_a_bin() -> None:
    """Of 2, 4 and 4 samples, 80 % are all of the two bins with more confidence.

    More samples in these end within the second; fewer of the least confident do, too.
    """
    confidence = np.repeat([0.5, 0.7, 0.9], [2, 4, 4])
    right = np.array([0, 1, 0, 0, 1, 1, 1, 1, 1, 0], dtype=np.bool_)
    tally = selective(np.zeros(10, int), confidence, right, num_rows=1, edges=np.array([0.5, 0.7]))
    metric = next(each for each in tally.metrics if each.name == "risk_at_80")
    sums = tally.sums[0]
    assert metric.value(sums) == pytest.approx(3 / 8)
    assert metric.gradient is not None
    found = metric.gradient(sums)
    for place in (1, 2, 4, 5):
        assert found[place] == pytest.approx(derivative(metric.value, sums, (place,)), abs=1e-4)
    fewer = sums.copy()
    fewer[0] -= 1e-6
    assert found[0] == pytest.approx((metric.value(sums) - metric.value(fewer)) / 1e-6, abs=1e-4)


def test_a_stratum_of_one_sample_counts_by_its_weight() -> None:
    """Rates 1/1 and 2/4, weights 1 and 3: 0.625. One more negative answer in the first: + 1/4."""
    (metric,) = TALLIES[8].metrics
    sums = np.array([1.0, 4, 1, 2, 0])
    assert metric.value(sums) == pytest.approx(0.625)
    assert metric.gradient is not None
    # d/d(n_1, n_2, k_1, k_2): -k w / n² and w / n, with w = 1/4 and 3/4.
    assert metric.gradient(sums) == pytest.approx([-1 / 4, -2 / 16 * 3 / 4, 1 / 4, 3 / 16, 0])
