"""Kappa, against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from harness.metrics.weighted_kappa import kappa, share_within


@pytest.mark.parametrize(("ordered", "weights"), [(False, None), (True, "quadratic")])
def test_kappa_is_that_of_scikit_learn(ordered: bool, weights: str | None) -> None:
    rng = np.random.default_rng(1)
    first_N = rng.integers(0, 4, 200)
    second_N = np.where(rng.random(200) < 0.6, first_N, rng.integers(0, 4, 200))
    counts_GG = np.bincount(first_N * 4 + second_N, minlength=16).reshape(4, 4).astype(float)
    assert kappa(counts_GG, ordered=ordered) == pytest.approx(
        cohen_kappa_score(first_N, second_N, weights=weights)
    )


def test_shares_within_steps_are_counted_and_one_group_alone_has_no_kappa() -> None:
    counts_GG = np.array([[4.0, 2.0, 1.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    assert share_within(counts_GG, 0) == pytest.approx(0.7)
    assert share_within(counts_GG, 1) == pytest.approx(0.9)
    assert np.isnan(kappa(np.diag([5.0, 0.0]), ordered=True))
