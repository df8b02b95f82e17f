from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.multiplicity import holm, holm_families


def test_holms_own_steps_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, never falling.
    assert holm(np.array([0.01, 0.04, 0.03, 0.005])) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_what_was_not_tested_does_not_count() -> None:
    adjusted = holm(np.array([0.02, np.nan, 0.04]))
    assert adjusted[[0, 2]] == pytest.approx([0.04, 0.04])
    assert np.isnan(adjusted[1])


def test_never_above_one_and_nothing_to_adjust() -> None:
    assert holm(np.array([0.6, 0.9])) == pytest.approx([1.0, 1.0])
    assert len(holm(np.array([]))) == 0


def test_the_family_wise_error_is_kept() -> None:
    p = np.random.default_rng(0).random((20_000, 5))
    rejected = np.array([holm(row).min() <= 0.05 for row in p[:5000]])
    assert rejected.mean() == pytest.approx(0.05, abs=0.01)


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
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert np.concatenate(holm_families([one[None] for one in p])) == pytest.approx(holm(p))
