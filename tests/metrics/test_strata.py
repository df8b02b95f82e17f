from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.strata import InStrata, Strata


def test_shares_are_those_of_the_strata_that_are_kept() -> None:
    """Of weights 1, 3 and 4: all of them, the first two, and none."""
    strata = Strata(
        split=lambda sums: InStrata(sums, sums, sums[..., None]),
        noun="strata",
        names=("a", "b", "c"),
        weights=np.array([1.0, 3.0, 4.0]),
        value=np.sum,
        gradient=np.ones_like,
    )
    kept = np.array([[True, True, True], [True, True, False], [False, False, False]])
    assert strata.shares(kept) == pytest.approx(np.array([[0.125, 0.375, 0.5], [0.25, 0.75, 0.0], [0, 0, 0]]))


def test_rows_take_everything_with_them() -> None:
    sizes, shown = np.arange(6.0).reshape(3, 2), np.arange(6).reshape(3, 2, 1) % 4 == 0
    split = InStrata(sizes, 10 + sizes, 20 + sizes[..., None], shown)
    chosen = split.rows(np.array([2, 0]))
    assert chosen.sizes.tolist() == [[4, 5], [0, 1]]
    assert chosen.unscored.tolist() == [[14, 15], [10, 11]]
    assert chosen.statistics.tolist() == [[[24], [25]], [[20], [21]]]
    assert chosen.shown is not None
    assert chosen.shown.tolist() == [[[True], [False]], [[True], [False]]]
    assert InStrata(sizes, sizes, sizes[..., None]).rows(np.array([1])).shown is None
