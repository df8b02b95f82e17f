"""A metric standardised over strata, worked by hand, and its derivative against numerical differences."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.metrics.strata import InStrata
from harness.statistics.influence import gradient
from harness.statistics.standardised import standardised

SIZES = np.array([[4.0, 1.0, 0.0], [4.0, 3.0, 2.0]])
NEGATIVE = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 2.0]])
SPLIT = InStrata(SIZES, np.zeros_like(SIZES), NEGATIVE[..., None])


def total(scaled_H1: Floats) -> Floats:
    return np.asarray(scaled_H1.sum((-2, -1)))


def test_every_side_has_its_own_shares() -> None:
    """Rates over both rows: 2/8, 2/4 and 2/2. The first side has halves of two strata, the second all three."""
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    metric = standardised(SPLIT, shares, total, np.ones_like, None)
    sums = np.tile(metric.statistics.sum(0), (2, 1))
    assert metric.value(sums).tolist() == pytest.approx([0.5 * 0.25 + 0.5 * 0.5, 0.2 * 0.25 + 0.3 * 0.5 + 0.5])


def test_a_side_without_samples_in_one_of_its_strata_is_undefined() -> None:
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5], [0.0, 0.0, 0.0]])
    metric = standardised(SPLIT, shares, total, np.ones_like, None)
    found = metric.value(np.tile(metric.statistics[0], (3, 1)))  # the first row has nothing in the third stratum
    assert found[0] == pytest.approx(0.5 * 1 / 4 + 0.5 * 1)
    assert np.isnan(found[1:]).all()


def test_the_derivative_is_that_of_the_value() -> None:
    def share(scaled: Floats) -> Floats:  # not linear: the ratio of two statistics
        return np.asarray(scaled[..., 0].sum(-1) / scaled[..., 1].sum(-1))

    def slope(scaled: Floats) -> Floats:
        above, below = scaled[..., 0].sum(-1), scaled[..., 1].sum(-1)
        each = np.stack([1 / below, -above / below**2], axis=-1)[..., None, :]
        return np.asarray(np.broadcast_to(each, scaled.shape))

    statistics = np.random.default_rng(0).uniform(1, 5, (2, 3, 2))
    shares = np.array([[0.5, 0.5, 0.0], [0.2, 0.3, 0.5]])
    metric = standardised(InStrata(SIZES, SIZES, statistics), shares, share, slope, None)
    sums = np.stack([metric.statistics.sum(0), metric.statistics[1]])
    numerical = np.stack(
        [gradient(lambda s: metric.value(np.stack([s] * 2, axis=-2))[..., side], sums[side]) for side in (0, 1)]  # noqa: B023
    )
    np.testing.assert_allclose(metric.derived(sums), numerical, rtol=1e-6, atol=1e-9)
    # The influences of all rows of a side add up to zero: the value does not change if all samples are doubled.
    assert (metric.derived(sums) * sums).sum(-1) == pytest.approx([0, 0], abs=1e-12)
