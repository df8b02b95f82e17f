"""The number of subjects that would settle a comparison, by hand."""

from __future__ import annotations

import math

import pytest

from harness.verdicts.subjects_to_decide import subjects_to_decide


@pytest.mark.parametrize(("value", "room"), [(0.01, 0.04), (-0.01, 0.04), (0.09, 0.04), (-0.25, 0.2)])
def test_the_number_of_subjects_brings_the_interval_to_one_side(value: float, room: float) -> None:
    needed = subjects_to_decide(value, (value - 0.12, value + 0.12), 0.05, 60)
    assert needed is not None
    assert 0.12 * math.sqrt(60 / needed) <= room < 0.12 * math.sqrt(60 / (needed - 2))


def test_a_difference_at_the_tolerance_is_decided_by_no_number() -> None:
    assert subjects_to_decide(0.05, (-0.05, 0.15), 0.05, 60) is None
    assert subjects_to_decide(0.0501, (-0.0499, 0.1501), 0.05, 60) is None
    assert subjects_to_decide(math.nan, (math.nan, math.nan), 0.05, 60) is None


def test_an_exact_bound_shrinks_with_the_number_of_subjects_and_not_with_its_root() -> None:
    """A room of 0.05 for a reach of 0.2: 4 times as many subjects, where the spread alone would need 16."""
    assert subjects_to_decide(0.0, (-0.2, 0.0), 0.05, 60, alike=(0.2, 0.0)) == 240
    assert subjects_to_decide(0.0, (-0.2, 0.0), 0.05, 60) == 960
    # Of both, with k times as many: 0.12² / k + 0.16² / k² = 0.05².
    needed = subjects_to_decide(0.0, (-0.2, 0.1), 0.05, 60, alike=(0.16, 0.0))
    assert needed is not None
    for subjects, reaches in ((needed, True), (needed - 1, False)):
        assert (0.12**2 / (subjects / 60) + 0.16**2 / (subjects / 60) ** 2 <= 0.05**2) == reaches


def test_the_bound_that_is_beyond_the_tolerance_rules() -> None:
    assert subjects_to_decide(0.2, (0.0, 0.9), 0.05, 60) == math.ceil(60 * (0.2 / 0.15) ** 2)
    assert subjects_to_decide(-0.2, (-0.9, 0.0), 0.05, 60) == math.ceil(60 * (0.2 / 0.15) ** 2)
    assert subjects_to_decide(0.01, (-0.29, 0.05), 0.05, 60) == math.ceil(60 * (0.3 / 0.06) ** 2)
