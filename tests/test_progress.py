"""Shares of some work, and the time that is left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.progress import UNSEEN, Pace, Share


def test_shares_add_up_to_the_whole_in_proportion_to_their_sizes() -> None:
    seen: list[float] = []
    whole = Share(seen.append)
    small, large = whole.split(1, 3)
    small.to(1.0)
    first, second = large.split(2, 1)
    first.to(0.5)
    second.end()
    first.end()
    assert seen == pytest.approx([0.25, 0.5, 0.75, 1.0])


def test_what_is_done_never_becomes_less() -> None:
    seen: list[float] = []
    whole = Share(seen.append)
    whole.to(0.6)
    whole.to(0.2)
    whole.to(7.0)
    whole.end()
    assert seen == pytest.approx([0.6, 1.0])


def test_what_is_not_needed_is_done_at_the_end() -> None:
    seen: list[float] = []
    whole = Share(seen.append)
    whole.to(0.5)
    first, second = whole.split(0, 0)  # nobody knows what they cost
    first.split(1, 1)[0].to(1.0)
    second.to(0.5)
    assert seen == pytest.approx([0.5, 0.625, 0.75])
    whole.end()
    assert seen[-1] == 1.0


def test_each_item_counts_when_the_next_one_is_asked_for() -> None:
    seen: list[float] = []
    items = Share(seen.append).each("abcd", 4)
    assert next(items) == "a"
    assert seen == []
    assert next(items) == "b"
    assert seen == [0.25]
    assert list(items) == ["c", "d"]
    assert seen == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("items", ["", "ab", "abcdef"])
def test_another_number_of_items_than_was_foreseen_ends_as_well(items: str) -> None:
    seen: list[float] = []
    assert "".join(Share(seen.append).each(items, 4)) == items
    assert seen[-1] == 1.0
    assert seen == sorted(seen)


def test_steps_that_nobody_could_see_are_not_told() -> None:
    seen: list[float] = []
    assert sum(Share(seen.append).each(range(100_000), 100_000)) == sum(range(100_000))
    assert len(seen) <= 1_001
    assert seen[-1] == 1.0


def test_threads_may_share_the_work() -> None:
    seen: list[float] = []
    shares = Share(seen.append).split(*[1] * 50)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda share: list(share.each(range(100), 100)), shares))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_nobody_needs_to_look() -> None:
    assert not UNSEEN.is_seen
    assert UNSEEN.split(1, 2, 3) == [UNSEEN] * 3
    assert list(UNSEEN.each("ab", 2)) == ["a", "b"]
    UNSEEN.to(1.0)
    UNSEEN.end()


def test_steady_work_is_foreseen_and_the_time_left_runs_down_in_between() -> None:
    pace = Pace(100.0)
    assert pace.left(105.0) is None
    for second in range(1, 5):
        pace.note(second / 10, 100.0 + second)
    assert pace.left(104.0) == pytest.approx(6.0)
    assert pace.left(105.5) == pytest.approx(4.5)
    assert pace.left(200.0) == 0.0
    pace.note(1.0, 110.0)
    assert pace.left(110.0) == 0.0


def test_work_that_has_become_slower_takes_longer() -> None:
    pace = Pace(0.0)
    pace.note(0.4, 1.0)  # fast, and then a hundredth a second
    for second in range(2, 12):
        pace.note(0.4 + (second - 1) / 100, float(second))
    of_all = 0.5 * 11 / 0.5
    assert of_all < (pace.left(11.0) or 0.0) < 50.0
