from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.checks.swap_evidence import (
    PairTables,
    exchanged_share,
    pair_tables,
    parts_p,
    people_p,
    reversal_p,
)


def of(*people: tuple[int, int, int, int]) -> PairTables:
    """One pair of labels; per person: a kept, a answered as b, b kept, b answered as a."""
    numbers = np.array(people, dtype=float)
    return PairTables(numbers[:, None, [0, 2]], numbers[:, None, [1, 3]])


def test_tables_of_pairs_are_taken_from_counts() -> None:
    counts = np.arange(15.0).reshape(1, 3, 5)  # three labels; other answers and no answer stand last
    found = pair_tables(counts, np.array([0, 0, 1]), np.array([1, 2, 2]))
    assert found.kept[0].tolist() == [[0, 6], [0, 12], [6, 12]]
    assert found.exchanged[0].tolist() == [[1, 5], [2, 10], [7, 11]]


def test_p_values_are_those_of_fishers_test() -> None:
    people = [(1, 4, 0, 5), (4, 1, 5, 0), (0, 3, 0, 2), (2, 2, 2, 2)]
    expected = [stats.fisher_exact([[a, b], [d, c]], alternative="less").pvalue for a, b, c, d in people]
    assert reversal_p(of(*people))[:, 0] == pytest.approx(expected)
    assert reversal_p(of((0, 0, 0, 0)))[0, 0] == 1


def test_one_answer_for_both_is_no_swap() -> None:
    """Somebody for whom the system always says a: most samples of b are exchanged, and nothing is reversed."""
    assert reversal_p(of((5, 0, 0, 20)))[0, 0] == 1


def test_people_are_counted_by_a_binomial() -> None:
    p_RP = np.array([[0.04, 0.5], [0.03, 0.9], [0.02, 0.2], *[[0.6, 0.7]] * 17])
    assert people_p(p_RP) == pytest.approx([6 * stats.binom.sf(2, 20, 0.05), 1.0])
    one = people_p(np.array([[1e-6], *[[1.0]] * 19]))
    assert one[0] == pytest.approx(6 * (1 - (1 - 5e-6) ** 20))  # at the strictest level that the person is under


def test_parts_are_pooled_as_mantel_and_haenszel_do() -> None:
    """Beside the same chi-square with continuity correction, as `statsmodels` and R's mantelhaen.test give it."""
    people = of((1, 4, 1, 4), (2, 3, 0, 4), (5, 0, 5, 0))
    p = parts_p(people, np.array([0, 0, 1]), 2)[:, 0]
    expected, variance = 0.0, 0.0
    for a, b, c, d in ((1, 4, 1, 4), (2, 3, 0, 4)):
        n = a + b + c + d
        expected += (a + b) * (a + d) / n
        variance += (a + b) * (c + d) * (a + d) * (b + c) / (n**2 * (n - 1))
    assert p[0] == pytest.approx(stats.norm.cdf((3 - expected + 0.5) / np.sqrt(variance)))
    assert p[0] < 0.05 < 0.9 < p[1]


def test_the_rarer_direction_limits_what_may_be_swapped() -> None:
    share, upper = exchanged_share(of((5, 5, 9, 1), (6, 4, 10, 0), (4, 6, 9, 1)), 0.95)
    assert share[0] == pytest.approx(2 / 30)
    influence = np.array([1 - 20 / 30, -20 / 30, 1 - 20 / 30]) / 30
    error = np.sqrt((influence**2).sum() * 3 / 2)
    assert upper[0] == pytest.approx(2 / 30 + stats.t.ppf(0.95, 2) * error)


def test_without_an_exchange_the_bound_is_that_of_clopper_and_pearson() -> None:
    share, upper = exchanged_share(of((10, 0, 20, 0), (10, 0, 20, 0)), 0.95)
    bounds = [stats.beta.ppf(0.95, 1, n) for n in (20, 40)]
    assert share[0] == 0
    assert upper[0] == pytest.approx(min(bounds))
