"""How much an actor is given."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from harness.inference.cluster.actor import Actor
from harness.inference.preparation import SampleBatch

BATCH = SampleBatch(0, np.arange(32), [{}] * 32)


class Handle:
    """Ray's, which gives a reference for every call."""

    def __init__(self) -> None:
        numbers = itertools.count()
        self.score = type("Score", (), {"remote": staticmethod(lambda lot: next(numbers))})


def actor(**state: Any) -> Actor:
    return Actor(0, Handle(), **{"machine": "here", **state})


@pytest.mark.parametrize(
    ("rate", "size"), [(None, 1), (1.0, 1), (1_600.0, 10), (1e9, 64)], ids=["unknown", "slow", "0.2 s", "fast"]
)
def test_a_lot_takes_a_fifth_of_a_second(rate: float | None, size: int) -> None:
    assert actor(rate=rate).next_lot(32, 2) == size


@pytest.mark.parametrize(("rate", "ahead", "most"), [(None, 4, 4), (1_600.0, 4, 20), (1e9, 2, 128)])
def test_what_it_has_in_hand_is_bounded(rate: float | None, ahead: int, most: int) -> None:
    one, handed = actor(rate=rate), 0
    while size := one.next_lot(32, ahead):
        one.ask([BATCH] * size)
        handed += size
    assert handed == most


def test_an_actor_that_is_not_ready_gets_nothing() -> None:
    assert actor(machine=None).next_lot(32, 2) == 0


def test_a_lot_that_may_end_its_actor_gets_no_company() -> None:
    one = actor()
    one.ask([BATCH], alone=True)
    assert one.next_lot(32, 8) == 0
    one.asked.clear()
    assert one.next_lot(32, 8) == 1
