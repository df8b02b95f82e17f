from __future__ import annotations

import numpy as np
import pytest

from harness.metrics.repeated import NO_CONSENSUS, agreeing_pairs, consensus, within_variance


def test_the_majority_answers_and_a_tie_does_not() -> None:
    answers = np.array([[2, 2, 0], [1, 0, 2], [0, 0, 0], [1, 1, 2]])
    assert consensus(answers).tolist() == [2, NO_CONSENSUS, 0, 1]
    assert consensus(np.array([[0, 1], [1, 1]])).tolist() == [NO_CONSENSUS, 1]


def test_pairs_agree_as_in_fleiss_1971() -> None:
    """Rows 1, 2 and 10 of Fleiss' table 1: 14 raters, P = 1.000, .253 and .286."""
    counts = [[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 2, 2, 3, 7]]
    answers = np.array([np.repeat(np.arange(5), row) for row in counts])
    assert agreeing_pairs(answers) == pytest.approx([1.0, 0.253, 0.286], abs=5e-4)


def test_variance_is_without_bias_and_of_what_is_known() -> None:
    values = np.array([[0.0, 1.0, 1.0], [0.5, np.nan, 0.7], [0.1, np.nan, np.nan]])
    expected = [np.var([0.0, 1.0, 1.0], ddof=1), np.var([0.5, 0.7], ddof=1)]
    assert within_variance(values)[:2] == pytest.approx(expected)
    assert np.isnan(within_variance(values)[2])
    assert within_variance(np.array([[True, False]])).tolist() == [0.5]
