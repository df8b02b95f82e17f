from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.statistics.multiplicity import corrected, holm_families


def ranks(largest_B: Floats, observed: float) -> Floats:
    """The p-value that each draw would have itself, among the draws and data with the given p-value."""
    among_draws_B = np.array([(largest_B >= one).sum() for one in largest_B])
    num = len(largest_B) + 1
    return (among_draws_B + (among_draws_B >= observed * num - 1e-9)) / num


def test_one_family_needs_no_more_correction() -> None:
    largest = np.random.default_rng(0).normal(size=199)
    p = (1 + np.array([0, 3, 150])) / 200
    for observed in p:
        (found,) = corrected([np.array([observed])], [largest], [observed])
        assert found == pytest.approx(observed)


def test_it_is_the_share_of_draws_in_which_any_family_does_as_well() -> None:
    """By hand from four draws and the data, which are second of the one family and fourth of the other.

    The draws have ranks 1, 3, 4, 5 and 2, 1, 5, 3, of which the smaller are 1, 1, 4, 3.
    """
    first, second = np.array([9.0, 8, 7, 6]), np.array([0.8, 0.9, 0.6, 0.7])
    one, other = corrected([np.array([0.4]), np.array([0.8, 1.0])], [first, second], [0.4, 0.8])
    assert one == pytest.approx([3 / 5])
    assert other == pytest.approx([5 / 5, 5 / 5])


@pytest.mark.slow
def test_data_beyond_all_draws_of_one_of_many_families_are_nothing_rare() -> None:
    """40 draws for each of 40 families: that is the case in 2.5 % of reports, of which 1 % reject at 1 %."""
    rng = np.random.default_rng(4)
    rejected = []
    for _ in range(400):
        largest = rng.normal(size=(40, 1601))
        p = (1 + (largest[:, 1:] >= largest[:, :1]).sum(axis=1)) / 1601
        (found,) = corrected([p], list(largest[:, 1:]), p.tolist())
        rejected.append(found.min() <= 0.01)
    assert np.mean(rejected) <= 0.02


def test_metrics_that_are_the_same_count_once_and_independent_ones_twice() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(size=(2, 9_999))
    p = np.array([0.02])
    assert corrected([p], [one, 2 * one], [0.02, 0.02])[0] == pytest.approx(p)
    assert corrected([p], [one, other], [0.02, 0.5])[0] == pytest.approx(1 - 0.98**2, abs=0.003)


def test_what_was_not_tested_stays_so() -> None:
    (found,) = corrected([np.array([0.02, np.nan])], [np.arange(99.0)], [0.02])
    assert found[0] == pytest.approx(0.02)
    assert np.isnan(found[1])
    assert corrected([], [], []) == []


def test_the_family_wise_error_is_kept_over_correlated_families() -> None:
    """20 families of one t each that share half their variance: 5 % of reports reject anything."""
    rng = np.random.default_rng(2)
    rejected = []
    for _ in range(1000):
        shared = rng.normal(size=(1000, 1))
        largest = np.abs(shared + rng.normal(size=(1000, 20)))
        p = (1 + (largest[1:] >= largest[0]).sum(axis=0)) / 1000
        (found,) = corrected([p], list(largest[1:].T), p.tolist())
        rejected.append(found.min() <= 0.05)
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.02)


@pytest.mark.parametrize("more", [0, 57])
def test_families_with_more_draws_use_those_that_all_have(more: int) -> None:
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=199), rng.normal(size=199 + more)
    expected = np.minimum(ranks(one, 0.03), ranks(other, 1.0)[:199])
    (found,) = corrected([np.array([0.03])], [one, other], [0.03, 1.0])
    assert found == pytest.approx([(1 + (expected <= 0.03 + 1e-12).sum()) / 200])


def test_families_step_down_by_their_smallest_and_share_its_factor() -> None:
    # Smallest 0.01, 0.02, 0.04, so times 3, 2, 1, and never below the smallest of the family before.
    families = [np.array([0.02, 0.3]), np.array([0.04]), np.array([0.2, 0.01, np.nan]), np.array([np.nan])]
    first, second, third, nothing = holm_families(families)
    assert third[:2] == pytest.approx([0.6, 0.03])
    assert first == pytest.approx([0.04, 0.6])
    assert second == pytest.approx([0.04])
    assert np.isnan(third[2])
    assert np.isnan(nothing).all()


def test_families_that_tie_step_down_in_the_order_in_which_they_are_given() -> None:
    smallest = np.where(np.arange(60) % 3 == 0, 0.001, 0.002)
    found = holm_families([np.array([p, 0.01]) for p in smallest])
    first, later = np.flatnonzero(smallest == 0.001), np.flatnonzero(smallest == 0.002)
    for rank, place in enumerate([*first, *later]):
        floor = 0.06 if rank < 20 else 0.08  # 60 · 0.001, 40 · 0.002
        assert found[place] == pytest.approx([floor, max(0.01 * (60 - rank), floor)])


def test_families_of_one_are_holms_own() -> None:
    """Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, never falling."""
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert np.concatenate(holm_families([one[None] for one in p])) == pytest.approx([0.03, 0.06, 0.06, 0.02])
