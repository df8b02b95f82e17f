"""What makes intervals untrustworthy: few who carry a spread, unequal numbers of samples."""

from __future__ import annotations

import numpy as np
import pytest

from harness.measurement.metric_gates import (
    OF_DIFFERENCE,
    OF_RATE,
    is_rate,
    num_carrying,
    size_bias,
)
from harness.metrics.calibration import calibration
from harness.metrics.categorical import categorical

ZERO = np.zeros(2, int)
(ACCURACY, *_) = categorical(ZERO, ZERO, ZERO, num_rows=1, classes=("a", "b"), per_class=False).metrics
ECE, SQUARED = calibration(ZERO, np.ones(2), ZERO == 0, num_rows=1, edges=np.empty(0)).metrics


def carrying(values: list[float], subjects: list[int], constants: tuple[float, ...] = OF_RATE) -> int | None:
    return num_carrying(ACCURACY, np.array(values), np.array(subjects), constants)


def test_a_rate_goes_from_0_to_1_and_is_better_high() -> None:
    assert is_rate(ACCURACY)
    assert not is_rate(ECE)
    assert not is_rate(SQUARED)


@pytest.mark.parametrize(
    ("values", "num"),
    [
        ([1.0, 1.0, 1.0, 1.0], 0),
        ([1.0, 1.0, 1.0, 0.9], 1),
        ([0.0, 0.0, 0.0, 0.1], 1),
        ([0.0, 0.0, 1.0, 1.0], 2),
        ([0.0, 0.5, 1.0, 1.0], 2),
        ([0.5, 0.5, 0.5, 0.5], 4),
        ([1.0, np.nan, np.nan, 0.9], 1),
    ],
)
def test_of_a_rate_those_off_the_commoner_end_carry_the_spread(values: list[float], num: int) -> None:
    assert carrying(values, [0, 1, 2, 3]) == num


def test_people_are_counted_and_not_their_rows() -> None:
    assert carrying([1.0, 1.0, 0.9, 0.8, 0.7], [0, 1, 2, 2, 2]) == 1
    assert carrying([1.0, 1.0, 0.9, 0.8, 0.7], [0, 1, 2, 3, 3]) == 2


def test_of_a_difference_of_rates_no_difference_is_an_end_too() -> None:
    assert carrying([0.0, 0.0, 0.0, 0.4], [0, 1, 2, 3], OF_DIFFERENCE) == 1
    assert carrying([-1.0, -1.0, 0.3, 0.4], [0, 1, 2, 3], OF_DIFFERENCE) == 2


def test_what_is_no_rate_has_no_such_count() -> None:
    assert num_carrying(ECE, np.array([0.1, 0.2]), np.array([0, 1]), OF_RATE) is None


def test_only_the_plain_calibration_error_depends_on_the_number_of_samples() -> None:
    biased = size_bias(ECE, [100, 200])
    assert biased is not None
    assert list(biased.num_samples) == [100, 200]
    assert "fewer samples" in biased.why
    assert size_bias(SQUARED, [100, 200]) is None
    assert size_bias(ACCURACY, [100, 200]) is None
