from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.indices import between_group_sd, garbe, indices, max_min_difference, max_min_ratio


def test_by_hand() -> None:
    error = np.array([0.1, 0.2, 0.3])
    assert max_min_difference(error) == pytest.approx(0.2)
    assert max_min_ratio(error) == pytest.approx(3)
    # 3/2 · (0.1 + 0.2 + 0.1) · 2 / (2 · 9 · 0.2)
    assert garbe(error) == pytest.approx(1 / 3)
    assert between_group_sd(error, np.zeros(3)) == pytest.approx(0.1)
    assert between_group_sd(error, np.full(3, 0.06)) == pytest.approx(0.08)


def test_garbe_goes_from_alike_to_all_in_one_group() -> None:
    assert garbe(np.full(4, 0.3)) == pytest.approx(0)
    assert garbe(np.array([0.0, 0.0, 0.0, 0.7])) == pytest.approx(1)
    assert np.isnan(garbe(np.zeros(4)))


def test_no_error_at_all_in_one_group_leaves_no_ratio() -> None:
    assert np.isnan(max_min_ratio(np.array([0.0, 0.2])))


@pytest.mark.parametrize(
    ("subjects", "gap", "ratio", "gini", "gini_95"),
    [(10, 0.135, 1.42, 0.075, 0.117), (100, 0.043, 1.11, 0.024, 0.038)],
)
def test_what_chance_makes_of_them_is_what_was_published(
    subjects: int, gap: float, ratio: float, gini: float, gini_95: float
) -> None:
    """Six truly equal groups, error 0.4, 50 clips a subject, intra-class correlation 0.1."""
    rng = np.random.default_rng(0)
    rates = rng.beta(0.4 * 9, 0.6 * 9, (4000, 6, subjects))
    error = rng.binomial(50, rates).mean(-1) / 50
    assert max_min_difference(error).mean() == pytest.approx(gap, abs=0.003)
    assert max_min_ratio(error).mean() == pytest.approx(ratio, abs=0.015)
    assert garbe(error).mean() == pytest.approx(gini, abs=0.002)
    assert np.quantile(garbe(error), 0.95) == pytest.approx(gini_95, abs=0.003)


def test_the_corrected_variance_is_unbiased() -> None:
    rng = np.random.default_rng(1)
    true = np.array([0.5, 0.6, 0.7])
    drawn = true + rng.normal(0, 0.05, (20_000, 3))
    variance = drawn.var(-1, ddof=1) - 0.05**2
    assert variance.mean() == pytest.approx(0.01, rel=0.02)
    positive = variance > 0
    np.testing.assert_allclose(
        between_group_sd(drawn, np.full((20_000, 3), 0.05))[positive] ** 2, variance[positive]
    )


def test_an_index_that_chance_never_defines_is_left_out_and_those_after_it_are_not() -> None:
    """In every draw one group has no error at all: there is no ratio of error rates."""
    null, errors = np.tile([0.7, 0.8, 1.0], (50, 1)), np.full((50, 3), 0.01)
    found = indices(np.array([0.7, 0.8, 0.9]), errors[0], null, errors, rate=True)
    assert [index.name for index in found] == ["max_min_difference", "between_group_sd", "garbe"]


def test_every_index_comes_with_its_null() -> None:
    rng = np.random.default_rng(2)
    null = 0.6 + rng.normal(0, 0.03, (500, 4))
    errors = np.full((500, 4), 0.03)
    found = {
        index.name: index for index in indices(np.array([0.6, 0.6, 0.6, 0.4]), errors[0], null, errors, rate=True)
    }
    assert set(found) == {"max_min_difference", "between_group_sd", "max_min_ratio", "garbe"}
    for index in found.values():
        assert index.null_lo <= index.null_mean <= index.null_hi < index.value
    assert found["max_min_difference"].value == pytest.approx(0.2)
    assert found["max_min_ratio"].value == pytest.approx(0.6 / 0.4)
    # Of the error rates 0.4, 0.4, 0.4 and 0.6: six ordered pairs that differ by 0.2; 4/3 · 1.2 / (2 · 16 · 0.45).
    assert found["garbe"].value == pytest.approx(4 / 3 * 6 * 0.2 / (2 * 16 * 0.45))
    for name, values in (("max_min_ratio", max_min_ratio(1 - null)), ("garbe", garbe(1 - null))):
        index = found[name]
        bounds = np.quantile(values, [0.025, 0.975])
        assert (index.null_mean, index.null_lo, index.null_hi) == pytest.approx((values.mean(), *bounds))
    of_scores = indices(np.array([0.2, -0.1]), np.zeros(2), null[:, :2], errors[:, :2], rate=False)
    assert [index.name for index in of_scores] == ["max_min_difference", "between_group_sd"]
