from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.hypergeometric import hypergeometric_cdf


def test_probabilities_are_those_of_scipy_for_every_table_of_up_to_12() -> None:
    tables = [
        (found, total, marked, drawn)
        for total in range(1, 13)
        for marked in range(total + 1)
        for drawn in range(total + 1)
        for found in range(max(0, marked + drawn - total), min(marked, drawn) + 1)
    ]
    found, total, marked, drawn = np.array(tables, dtype=float).T
    assert len(tables) == 1819
    assert hypergeometric_cdf(found, total, marked, drawn) == pytest.approx(
        stats.hypergeom.cdf(found, total, marked, drawn), rel=1e-12
    )


def test_large_tables_are_as_exact_as_is_needed_also_far_out_in_the_tail() -> None:
    found = np.array([[10.0, 40, 250, 300], [4_700, 5_000, 5_200, 45_000]])
    total = np.array([[1_000.0] * 4, [100_000.0] * 4])
    marked, drawn = total / 2, np.array([[500.0] * 4, [10_000.0] * 3 + [90_000.0]])
    p = hypergeometric_cdf(found, total, marked, drawn)
    expected = stats.hypergeom.cdf(found, total, marked, drawn)
    assert p[0, 0] < 1e-200
    assert p == pytest.approx(expected, rel=1e-8)


def test_tea_is_tasted_as_in_fishers_experiment() -> None:
    """Of 8 cups 4 have the milk first, and 4 are named: all right in 1 of 70 cases."""
    most = hypergeometric_cdf(np.array([3.0]), np.array([8.0]), np.array([4.0]), np.array([4.0]))
    assert most == pytest.approx([69 / 70], rel=1e-14)
