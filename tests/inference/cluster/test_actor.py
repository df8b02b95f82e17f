"""How much an actor is given."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from harness.inference.cluster.actor import Actor
from harness.inference.executor import Finished
from harness.inference.preparation import SampleBatch

BATCH = SampleBatch(0, np.arange(32), [{}] * 32)

FINISHED = [
    Finished(
        places=BATCH.places,
        outcome=["scored"] * 32,
        reason=[None] * 32,
        vectors=np.zeros((32, 1)),
        prepare_s=[0.0] * 32,
        forward_s=[0.0] * 32,
    )
]


class Handle:
    """Ray's, which gives a reference for every call."""

    def __init__(self) -> None:
        numbers = itertools.count()
        self.score = type("Score", (), {"remote": staticmethod(lambda lot: next(numbers))})


def actor(**state: Any) -> Actor:
    return Actor(0, Handle(), **{"machine": "here", **state})


@pytest.mark.parametrize(
    ("rate", "size"), [(None, 1), (1.0, 1), (3_200.0, 10), (1e9, 64)], ids=["unknown", "slow", "0.1 s", "fast"]
)
def test_a_lot_takes_a_tenth_of_a_second(rate: float | None, size: int) -> None:
    assert actor(rate=rate).next_lot(32, 2) == size


@pytest.mark.parametrize(("rate", "ahead", "most"), [(None, 4, 4), (3_200.0, 4, 20), (1e9, 2, 128)])
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


def test_lots_that_are_finished_at_once_do_not_look_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("harness.inference.cluster.actor.time.monotonic", lambda: now)
    one = actor()
    for _second in range(3):
        now += 1.0
        for _lot in range(10):  # 320 samples a second, which come in one moment
            one.took(FINISHED, since=now - 1.0)
    assert one.samples == 960
    assert one.rate == pytest.approx(320.0, rel=0.1)
