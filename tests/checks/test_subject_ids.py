from __future__ import annotations

import pytest

from harness.checks.subject_ids import SharedIds, canonical, shared_ids


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("P0", "p0"),
        ("p00", "p0"),
        ("p0 ", "p0"),
        ("toys:p0", "p0"),
        ("Toys / p_0", "p0"),
        ("p-007", "p7"),
        ("\uff30\uff10\uff13", "p3"),  # full-width letters and digits
        ("p10", "p10"),
        ("p100", "p100"),
        ("1-2", "1-2"),
        ("01_02", "1_2"),
        ("other:p0", "other:p0"),
        ("Anna Maria", "annamaria"),
        ("0", "0"),
    ],
)
def test_ways_of_writing_an_id(name: str, expected: str) -> None:
    assert canonical(name, "toys") == expected


@pytest.mark.parametrize("written", ["P0", "p00", "p0 ", "toys:p0", "p_0"])
def test_the_same_id_in_another_way_is_shared(written: str) -> None:
    found = shared_ids([written, "p77"], ["p0", "p1"], "toys")
    assert found == SharedIds(frozenset(), frozenset({"p0"}), 0, 0)


def test_ids_of_another_build_cannot_be_compared() -> None:
    assert shared_ids(["0", "99"], ["p0", "p1"], "toys") == SharedIds(frozenset(), frozenset(), 2, 1)
    assert shared_ids(["s0"], ["p0"], "toys").incomparable == 1
    assert shared_ids(["other:p0", "anna"], ["p0"], "toys").incomparable == 2
    assert shared_ids(["0a4f" * 8], ["1b3c" * 8], "toys").incomparable == 0
    assert shared_ids(["0a4f" * 8], ["1b3c" * 4], "toys").incomparable == 1
    assert shared_ids(["anna"], ["ben"], "toys").incomparable == 0


def test_people_of_two_sites_with_one_number_are_two() -> None:
    found = shared_ids(["bonn:7"], ["kiel:7", "bonn:8"], "toys")
    assert (found.exact, found.rewritten, found.incomparable) == (frozenset(), frozenset(), 0)


def test_numbers_with_a_separator_stay_apart() -> None:
    assert shared_ids(["1-23"], ["12-3"], "toys").rewritten == frozenset()
