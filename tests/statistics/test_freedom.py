"""Degrees of freedom by the matrices that they are defined with, and scipy's t distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics import freedom
from harness.statistics.freedom import (
    ICC,
    LEAST,
    normal_deviate,
    side_freedom,
    spread_of,
    student_t,
    total_spread,
)


@pytest.mark.parametrize("seed", range(5))
def test_those_of_a_side_are_bell_and_mccaffreys(seed: int) -> None:
    size = np.random.default_rng(seed).geometric(1 / 50, 9).astype(float)
    w = size / size.sum()
    G = np.eye(9) - np.outer(np.ones(9), w)
    product = G.T @ np.diag(w**2) @ G @ np.diag(ICC + (1 - ICC) / size)
    expected = max(np.trace(product) ** 2 / np.trace(product @ product), LEAST)
    assert side_freedom(spread_of(size).sum(axis=-2)) == pytest.approx(expected)


def test_subjects_without_samples_on_a_side_do_not_count() -> None:
    size = np.array([20.0, 20, 0, 20, 0, 20])
    assert side_freedom(spread_of(size).sum(axis=-2)) == pytest.approx(3)


@pytest.mark.parametrize("scale", [1.0, 0.5, 1e6], ids=["looked up", "no whole numbers", "all of them different"])
def test_equal_sizes_looked_up_give_the_same_to_the_last_bit(
    scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freedom, "BLOCK_SIDES", 3)
    monkeypatch.setattr(freedom, "BLOCK_SIZES", 15)
    size_US = scale * np.random.default_rng(0).poisson(3.0, (7, 20))
    np.testing.assert_array_equal(total_spread(size_US, 0.2), spread_of(size_US, 0.2).sum(axis=1))
    assert total_spread(np.zeros((0, 4))).shape == (0, 7)


def test_one_subject_with_nearly_all_samples_leaves_one() -> None:
    assert side_freedom(spread_of(np.array([1e6, 1.0, 1.0])).sum(axis=-2)) == LEAST


@pytest.mark.parametrize("freedom", [4.0, 9.0, 40.0])
@pytest.mark.parametrize("t", [-3.0, 0.5, 2.0, 6.0])
def test_a_deviate_has_the_tail_probability_of_its_t(t: float, freedom: float) -> None:
    exact = np.sign(t) * stats.norm.isf(stats.t.sf(abs(t), freedom))
    assert normal_deviate(np.array(t), np.array(freedom)) == pytest.approx(exact, rel=0.015)


def test_the_deviate_of_a_t_gives_the_t() -> None:
    t = np.array([-8.0, -0.1, 0.0, 2.0, 30.0])
    freedom = np.array([1.0, 3.0, 9.0, 20.0, 200.0])
    assert student_t(normal_deviate(t, freedom), freedom) == pytest.approx(t)


def test_an_infinite_t_stays_infinite_and_an_infinite_deviate_large_and_finite() -> None:
    assert normal_deviate(np.array(np.inf), np.array(5.0)) == np.inf
    assert 1e12 < student_t(np.array(1e12), np.array(5.0)) < np.inf
