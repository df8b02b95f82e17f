from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.arrays import Floats
from harness.metrics import categorical, dimensional
from harness.metrics.tally import ratio
from harness.statistics.influence import gradient


def share(sums: Floats) -> Floats:
    return ratio(sums[..., 0], sums[..., 1])


def uar(sums: Floats) -> Floats:
    return categorical.uar(sums.reshape(*sums.shape[:-1], 3, 4))


def macro_f1(sums: Floats) -> Floats:
    return categorical.macro_f1(sums.reshape(*sums.shape[:-1], 3, 4))


def counts(num_subjects: int) -> Floats:
    """Of each subject and class: right, samples, answers, unscored; each is wrong in a way of its own."""
    rng = np.random.default_rng(0)
    answers = [rng.dirichlet([6 if a == c else 1 for a in range(5)], num_subjects) for c in range(3)]
    table = np.stack([rng.multinomial(20, answer) for answer in answers], axis=1)
    columns = (np.diagonal(table, axis1=1, axis2=2), table.sum(2), table.sum(1)[:, :3], table[..., 4])
    return np.stack(columns, axis=-1).reshape(num_subjects, 12).astype(np.float64)


def moments(num_subjects: int) -> Floats:
    rng = np.random.default_rng(0)
    subject = np.repeat(np.arange(num_subjects), 20)
    truth = rng.normal(0, 0.3, len(subject))
    predicted = 0.6 * truth + rng.normal(0, 0.15, num_subjects)[subject] + rng.normal(0, 0.2, len(subject))
    return dimensional.moments(subject, truth, predicted, num_subjects)


def test_of_a_share_it_is_the_quotients() -> None:
    found = gradient(share, np.array([[30.0, 40.0], [0.0, 50.0], [7.0, 7.0]]))
    assert found == pytest.approx(np.array([[1 / 40, -30 / 1600], [1 / 50, 0], [1 / 7, -1 / 7]]), rel=1e-8)


def test_of_uar_it_is_each_classs_share() -> None:
    sums = counts(10).sum(0)
    right, total, _, _ = sums.reshape(3, 4).T
    expected = np.stack([1 / total, -right / total**2, np.zeros(3), np.zeros(3)], axis=1)
    assert gradient(uar, sums).reshape(3, 4) == pytest.approx(expected / 3, rel=1e-6)


@pytest.mark.parametrize(
    ("value", "per_subject"),
    [(uar, counts), (macro_f1, counts), (dimensional.ccc, moments)],
    ids=["uar", "f1", "ccc"],
)
def test_influences_sum_to_zero_and_give_the_jackknifes_error(
    value: Callable[[Floats], Floats], per_subject: Callable[[int], Floats]
) -> None:
    num = 400
    statistics = per_subject(num)
    total = statistics.sum(0)
    influence = statistics @ gradient(value, total)
    assert influence.sum() == pytest.approx(0, abs=1e-7)
    left_out = value(total - statistics)
    jackknife = np.sqrt((num - 1) / num * ((left_out - left_out.mean()) ** 2).sum())
    assert np.sqrt(num / (num - 1) * (influence**2).sum()) == pytest.approx(jackknife, rel=0.02)


def test_at_an_edge_the_side_that_is_defined_counts() -> None:
    def root(sums: Floats) -> Floats:
        return np.where(sums[..., 0] >= 1, 3 * sums[..., 0], np.nan)

    assert gradient(root, np.array([1.0])) == pytest.approx(np.array([3.0]))


def test_where_nothing_is_defined_there_is_no_influence() -> None:
    assert gradient(share, np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]
