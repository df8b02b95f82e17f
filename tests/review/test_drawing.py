from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.errors import HarnessError
from harness.review.drawing import Drawn, draw

NUM = 1000
SELECTED = np.arange(NUM) < 100
ANSWERED = np.arange(NUM) < 950


def groups() -> Groups:
    """Every tenth sample is of a small group."""
    return Groups(("sex",), (Group("f", ("f",)), Group("m", ("m",))), (np.arange(NUM) % 10 == 0).astype(np.int64))


def drawn(num_cases: int, by: Groups | None = None, seed: int = 0) -> Drawn:
    return draw(SELECTED, ANSWERED, by, num_cases, seed)


def test_half_of_the_cases_are_selected_ones_and_the_strata_are_known() -> None:
    found = drawn(60)
    assert [(of.status, of.group, of.num_cases, of.num_drawn) for of in found.strata] == [
        ("selected", None, 100, 30),
        ("not_selected", None, 850, 15),
        ("no_answer", None, 50, 15),
    ]
    status = np.where(SELECTED, 0, np.where(ANSWERED, 1, 2))
    np.testing.assert_array_equal(status[found.rows], found.stratum)
    assert len(set(found.rows.tolist())) == 60


def test_every_group_is_drawn_from_alike_up_to_what_it_has() -> None:
    found = drawn(100, groups())
    assert [(of.status, of.group, of.num_cases, of.num_drawn) for of in found.strata] == [
        ("selected", "f", 90, 40),
        ("selected", "m", 10, 10),
        ("not_selected", "f", 765, 15),
        ("not_selected", "m", 85, 15),
        ("no_answer", "f", 45, 15),
        ("no_answer", "m", 5, 5),
    ]


def test_more_cases_than_there_are_are_all_of_them() -> None:
    assert sorted(drawn(5000).rows.tolist()) == list(range(NUM))


def test_the_draw_follows_from_the_seed_and_shows_strata_in_no_order() -> None:
    first = drawn(60)
    np.testing.assert_array_equal(first.rows, drawn(60).rows)
    assert (first.rows != drawn(60, seed=1).rows).any()
    assert (np.diff(first.stratum) < 0).sum() > 10


def test_every_case_of_a_stratum_is_as_likely_as_the_others() -> None:
    times = Counter(row for seed in range(400) for row in drawn(60, seed=seed).rows.tolist() if row < 100)
    assert len(times) == 100
    expected = 400 * 30 / 100
    assert (
        sum((num - expected) ** 2 / expected for num in times.values()) < 135
    )  # chi-square, 99 degrees: p > 0.01


def test_fewer_cases_than_strata_are_refused() -> None:
    with pytest.raises(HarnessError, match="there are 6 strata"):
        drawn(5, groups())
