"""Contrasts on the two scales, against the formulas of a difference of logits."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from harness.statistics.design import Design
from harness.statistics.intervals import Range
from harness.statistics.sides import Measured
from harness.statistics.studentised import OnScale, on_logit_scale, on_own_scale, smaller_deviates

PAIR = Design(np.eye(2, dtype=bool), np.array([[1.0, -1.0]]))
RATE = Range(0.0, 1.0)


def measured(values: list[float], errors: list[float], correlation: float = 0.0) -> Measured:
    covariance = np.diag(np.square(errors))
    covariance[0, 1] = covariance[1, 0] = correlation * errors[0] * errors[1]
    return Measured(np.array([values]), covariance[None], np.full((1, 2), 1e-9))


def test_the_error_of_a_logit_is_that_of_the_rate_over_p_times_1_less_p() -> None:
    found = on_logit_scale(measured([0.98, 0.9], [0.01, 0.02]), PAIR, RATE)
    assert found.contrasts.value[0, 0] == pytest.approx(logit(0.98) - logit(0.9))
    assert found.contrasts.error[0, 0] == pytest.approx(np.hypot(0.01 / 0.0196, 0.02 / 0.09))


def test_a_range_of_minus_one_to_one_is_scaled() -> None:
    found = on_logit_scale(measured([0.9, 0.0], [0.02, 0.04]), PAIR, Range(-1.0, 1.0))
    assert found.contrasts.value[0, 0] == pytest.approx(logit(0.95))
    assert found.contrasts.error[0, 0] == pytest.approx(np.hypot(0.01 / 0.0475, 0.02 / 0.25))


def test_in_the_middle_of_the_range_the_scales_agree() -> None:
    sides = measured([0.5005, 0.4995], [0.001, 0.001])
    own, on_logit = on_own_scale(sides, PAIR), on_logit_scale(sides, PAIR, RATE)
    assert on_logit.contrasts.deviates()[0] == pytest.approx(own.deviates()[0], rel=1e-5)


def test_near_the_end_the_smaller_one_counts() -> None:
    sides = measured([0.995, 0.95], [0.004, 0.004])
    own, on_logit = on_own_scale(sides, PAIR), on_logit_scale(sides, PAIR, RATE)
    assert own.deviates()[0, 0] > 7
    expected = (logit(0.995) - logit(0.95)) / np.hypot(0.004 / 0.004975, 0.004 / 0.0475)
    assert smaller_deviates(own, on_logit)[0, 0] == pytest.approx(expected, rel=1e-6)


def test_a_side_at_the_end_is_left_to_the_metrics_own_scale() -> None:
    sides = measured([1.0, 0.95], [0.0, 0.01])
    own, on_logit = on_own_scale(sides, PAIR), on_logit_scale(sides, PAIR, RATE)
    assert np.isnan(on_logit.contrasts.value[0, 0])
    assert smaller_deviates(own, on_logit)[0, 0] == own.deviates()[0, 0]


def test_a_difference_on_the_logit_scale_goes_back_to_the_metrics_own() -> None:
    """The left side has the whole variation: the right one stays where it is."""
    found = on_logit_scale(measured([0.9, 0.8], [0.03, 1e-9]), PAIR, RATE)
    assert found.difference(found.contrasts.value)[0, 0] == pytest.approx(0.1)
    assert found.difference(np.zeros((1, 1)))[0, 0] == pytest.approx(0.0, abs=1e-12)
    assert found.difference(found.contrasts.value + 1)[0, 0] == pytest.approx(expit(logit(0.9) + 1) - 0.8)


def test_sides_that_vary_together_move_by_what_is_not_shared() -> None:
    """Errors on the logit scale 1 and 0.5, correlated by 0.4: the left one's share is (1 - 0.2) / (1.25 - 0.4)."""
    found = on_logit_scale(measured([0.5, 0.5], [0.25, 0.125], 0.4), PAIR, RATE)
    assert found.share[0, 0] == pytest.approx(0.8 / 0.85)


def test_contrasts_of_four_sides_have_no_logit() -> None:
    four = Design(np.eye(4, dtype=bool), np.array([[1.0, -1.0, -1.0, 1.0]]))
    sides = Measured(np.full((1, 4), 0.9), np.eye(4)[None] * 1e-4, np.full((1, 4), 0.1))
    assert np.isnan(on_logit_scale(sides, four, RATE).contrasts.value).all()


def test_with_the_same_degrees_of_freedom_the_largest_deviate_is_that_of_the_largest_t() -> None:
    rng = np.random.default_rng(0)
    value_bK, error_bK = rng.normal(size=(50, 7)), rng.uniform(0.1, 2.0, (50, 7))
    value_bK[0, 1], value_bK[1, :5], value_bK[2, 0] = np.nan, 0.0, 1e-13
    error_bK[2, 0], error_bK[3, 2] = 0.0, 0.0
    families = [np.arange(5), np.arange(5, 7)]
    scale = OnScale(value_bK, error_bK, np.array([[12.0]]))
    deviates_bK = np.nan_to_num(scale.deviates(), nan=0.0, posinf=np.inf)
    expected = np.stack([deviates_bK[:, family_K].max(axis=1) for family_K in families], axis=1)
    found = scale.largest(families)
    np.testing.assert_array_equal(found, expected)
    assert found[1, 0] == 0.0
    assert found[3, 0] == np.inf
