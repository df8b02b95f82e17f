from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.assignment import NEGATIVE, VALENCE, negative_assignment, valence_error


def test_the_share_of_negative_answers_is_standardised_over_strata() -> None:
    # Stratum 0: one of two; stratum 1: three of four, one of them unscored. Weights 1 and 3.
    stratum, answered = np.array([0, 0, 1, 1, 1, 1]), np.array([1, 0, 1, 1, 1, -1])
    tally = negative_assignment(
        np.array([0, 0, 0, 0, 1, 1]), stratum, answered, num_rows=2, weights_K=np.array([1.0, 3.0])
    )
    (metric,) = tally.metrics
    total = tally.sums.sum(0)
    assert metric.value(total) == pytest.approx((1 * 1 / 2 + 3 * 3 / 4) / 4)
    assert metric.value(tally.sums).tolist() == pytest.approx([(1 * 1 / 2 + 3 * 2 / 2) / 4, 1 / 2])
    assert (metric.num_samples(total), metric.num_unscored(total)) == (6, 1)


def test_groups_of_other_mixtures_with_the_same_rates_are_alike() -> None:
    """Two groups that err at 10 % and 60 % in two strata, mixed 9 to 1 and 1 to 9, have the same value."""
    sums = np.array([[90.0, 10.0, 9.0, 6.0, 0.0], [10.0, 90.0, 1.0, 54.0, 0.0]])
    zero = np.zeros(0, dtype=np.int64)
    tally = negative_assignment(zero, zero, zero, num_rows=2, weights_K=np.array([1.0, 1.0]))
    assert tally.metrics[0].value(sums).tolist() == pytest.approx([0.35, 0.35])


def test_strata_have_their_names_or_numbers_and_are_not_all_needed() -> None:
    zero = np.zeros(0, dtype=np.int64)
    for names, expected in ((("calm", "neutral"), ("calm", "neutral")), (None, ("0", "1"))):
        tally = negative_assignment(zero, zero, zero, num_rows=1, weights_K=np.ones(2), names=names)
        strata = tally.metrics[0].strata
        assert strata is not None
        assert (strata.noun, strata.names, strata.all_needed) == ("strata", expected, False)


def test_the_valence_error_is_the_mean_difference_of_signs() -> None:
    tally = valence_error(np.array([0, 0, 1, 1]), np.array([-1.0, 2.0, -2.0, np.nan]), num_rows=2)
    (metric,) = tally.metrics
    total = tally.sums.sum(0)
    assert metric.value(total) == pytest.approx(-1 / 3)
    assert (metric.num_samples(total), metric.num_unscored(total)) == (3, 1)
    assert metric.better == "zero"


def test_negative_emotions_have_a_negative_sign_and_surprise_has_none() -> None:
    assert set(NEGATIVE) == {"anger", "disgust", "contempt", "fear", "sadness"}
    assert all(VALENCE[name] == -1 for name in NEGATIVE)
    assert "surprise" not in VALENCE
