from __future__ import annotations

import math

import numpy as np
import pytest

from harness.statistics.association import cramers_v


def subjects(counts: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.indices(np.shape(counts))
    each = np.ravel(counts)
    return np.repeat(rows.ravel(), each), np.repeat(columns.ravel(), each)


def test_it_is_that_of_a_table_worked_by_hand() -> None:
    """χ² / n = 80 · (30² - 10²)² / 40⁴ / 80 = 0.25; of it 1/79 is taken, and from 2 groups 1/79 each."""
    expected = math.sqrt((0.25 - 1 / 79) / (1 - 1 / 79))
    assert cramers_v(*subjects([[30, 10], [10, 30]])) == pytest.approx(expected)


def test_it_is_one_where_one_grouping_tells_the_other_and_zero_where_they_are_independent() -> None:
    assert cramers_v(*subjects([[12, 0, 0], [0, 7, 0], [0, 0, 9]])) == pytest.approx(1.0)
    assert cramers_v(*subjects([[10, 20], [5, 10]])) == 0.0


def test_groups_without_anybody_do_not_count() -> None:
    first, second = subjects([[30, 10], [10, 30]])
    assert cramers_v(3 * first, second + 5) == cramers_v(first, second)
    assert math.isnan(cramers_v(np.zeros(9, dtype=np.int64), np.arange(9) % 2))
    assert math.isnan(cramers_v(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)))


def test_independent_groupings_of_few_people_hardly_seem_to_go_together() -> None:
    """Uncorrected, V of 20 people in 2 and 4 groups is 0.36 on average."""
    rng = np.random.default_rng(0)
    found = [cramers_v(rng.integers(0, 2, 20), rng.integers(0, 4, 20)) for _ in range(500)]
    assert np.mean(found) < 0.15
