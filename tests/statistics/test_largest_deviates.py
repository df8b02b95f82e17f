"""The largest deviates are those of computing all of them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.statistics import largest_deviates as module
from harness.statistics.design import Design
from harness.statistics.intervals import Range
from harness.statistics.largest_deviates import largest_deviates
from harness.statistics.sides import Measured
from harness.statistics.studentised import on_logit_scale, on_own_scale, smaller_deviates

RATE = Range(0.0, 1.0)
NUM_SIDES = 16


def design() -> Design:
    """All pairs of the first twelve sides, and four of them less one of the last four."""
    pairs = [*combinations(range(12), 2), *((side, 12 + side) for side in range(4))]
    weights = np.zeros((len(pairs), NUM_SIDES))
    for contrast, (left, right) in enumerate(pairs):
        weights[contrast, left], weights[contrast, right] = 1.0, -1.0
    return Design(np.eye(NUM_SIDES, dtype=np.bool_), weights, np.repeat([0, 1], [66, 4]))


def sides(seed: int, centre: float, num_draws: int = 400) -> Measured:
    """Rates around one value, with errors and degrees of freedom of very different sizes."""
    rng = np.random.default_rng(seed)
    shape = num_draws, NUM_SIDES
    error = 0.08 * rng.lognormal(0.0, 0.7, shape)
    value = np.clip(centre + error * rng.standard_normal(shape), 0.0, 1.0)
    return Measured(value, error**2, 1 / rng.uniform(1.0, 60.0, shape))


def largest_of_all(measured: Measured, within: Range | None) -> Floats:
    on_logit = None if within is None else on_logit_scale(measured, design(), within)
    deviates = smaller_deviates(on_own_scale(measured, design()), on_logit)
    return np.stack([deviates[:, :66].max(axis=1), deviates[:, 66:].max(axis=1)], axis=1)


@pytest.mark.parametrize("within", [None, RATE])
@pytest.mark.parametrize("centre", [0.5, 0.93])
@pytest.mark.parametrize("seed", range(3))
def test_as_computing_all_of_them(seed: int, centre: float, within: Range | None) -> None:
    measured = sides(seed, centre)
    np.testing.assert_array_equal(largest_deviates(measured, design(), within), largest_of_all(measured, within))


def test_undefined_sides_and_those_without_an_error_count_as_where_all_are_computed() -> None:
    measured = sides(4, 0.5)
    measured.value[:100, 3] = np.nan
    measured.covariance[50:150, 5] = np.nan
    measured.covariance[100:200, [0, 7]] = 0.0  # a difference without an error is infinitely far from zero
    measured.value[150:250, 1:] = measured.value[150:250, :1]
    measured.covariance[200:250] = 0.0  # no difference, and no error
    measured.value[250:260] = np.nan
    expected = largest_of_all(measured, RATE)
    np.testing.assert_array_equal(largest_deviates(measured, design(), RATE), expected)
    assert np.isinf(expected[100:150, 0]).all()
    assert not expected[200:260].any()


def test_sides_with_subjects_in_common_are_all_computed() -> None:
    apart = sides(5, 0.5, num_draws=20)
    diagonal = np.eye(NUM_SIDES)
    measured = Measured(apart.value, apart.covariance[:, :, None] * diagonal, apart.overlap[:, :, None] * diagonal)
    np.testing.assert_allclose(largest_deviates(measured, design(), RATE), largest_of_all(apart, RATE), atol=1e-9)


def test_few_of_many_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    computed: list[int] = []

    def counted(measured: Measured, *rest: object) -> Floats:
        computed.append(len(measured.value))
        return one_by_one(measured, *rest)  # type: ignore[arg-type]

    one_by_one = module._deviates
    monkeypatch.setattr(module, "_deviates", counted)
    rng = np.random.default_rng(6)
    shape = 400, NUM_SIDES
    measured = Measured(rng.normal(0.5, 0.05, shape), np.full(shape, 0.0025), np.full(shape, 1 / 19))
    largest_deviates(measured, design(), RATE)
    assert sum(computed) < 400 * 70 / 10
