"""The matrix method, against worked examples and NumPy's own inverse."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.misclassification import amplification, classification, inverse, true_sums


def test_sums_of_true_groups_are_found_again() -> None:
    """Of 100 light and 50 dark people one in ten and one in five are taken for the other."""
    matrix_GG = classification(np.array([[90.0, 10.0], [10.0, 40.0]]))
    assert matrix_GG == pytest.approx(np.array([[0.9, 0.1], [0.2, 0.8]]))
    true_GF = np.array([[100.0, 80.0], [50.0, 20.0]])  # people, and right answers
    seen_GF = matrix_GG.T @ true_GF
    assert seen_GF[:, 0] == pytest.approx([100.0, 50.0])
    assert seen_GF[:, 1] / seen_GF[:, 0] == pytest.approx([0.76, 0.48])  # in place of 0.8 and 0.4
    assert true_sums(inverse(matrix_GG), seen_GF) == pytest.approx(true_GF)


@pytest.mark.parametrize("num", [2, 3, 10])
def test_inverses_are_those_of_numpy(num: int) -> None:
    rng = np.random.default_rng(num)
    matrix_BGG = rng.dirichlet(np.ones(num), size=(50, num))
    assert inverse(matrix_BGG) == pytest.approx(np.linalg.inv(matrix_BGG), rel=1e-6, abs=1e-6)
    one = matrix_BGG[0]
    assert amplification(inverse(one)) == pytest.approx(np.linalg.cond(one, np.inf))


def test_sums_of_several_axes_and_resamples_are_those_of_a_matrix_product() -> None:
    rng = np.random.default_rng(0)
    matrix_BGG, sums_BGCK = rng.dirichlet(np.ones(3), size=(7, 3)), rng.random((7, 3, 4, 5))
    inverse_BGG = inverse(matrix_BGG)
    expected = np.einsum("beg,beck->bgck", inverse_BGG, sums_BGCK)
    assert true_sums(inverse_BGG, sums_BGCK) == pytest.approx(expected)


def test_groups_that_cannot_be_told_apart_have_no_inverse() -> None:
    alike = np.array([[[0.5, 0.5], [0.5, 0.5]], [[0.9, 0.1], [0.1, 0.9]]])
    found = inverse(alike)
    assert np.isnan(found[0]).all()
    assert amplification(found)[1] == pytest.approx(1 / (1 - 0.2))
    assert np.isnan(amplification(found)[0])
    nobody = classification(np.array([[0.0, 0.0], [1.0, 3.0]]))
    assert np.isnan(nobody[0]).all()
    assert np.isnan(inverse(nobody)).all()
