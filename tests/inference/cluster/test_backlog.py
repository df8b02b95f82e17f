"""What is computed again where actors die, and what is to blame: played through without Ray."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from harness.errors import HarnessError
from harness.inference.cluster.actor import Lot
from harness.inference.cluster.backlog import Backlog
from harness.inference.executor import Finished
from harness.inference.preparation import SampleBatch

SIZE = 4


def batches(number: int) -> Iterator[SampleBatch]:
    for index in range(number):
        places = np.arange(index * SIZE, (index + 1) * SIZE)
        yield SampleBatch(index, places, [{"sample_id": f"s{place}"} for place in places.tolist()])


def computed(lot: Lot) -> list[Finished]:
    return [
        Finished(
            places=batch.places,
            outcome=["scored"] * len(batch.places),
            reason=[None] * len(batch.places),
            vectors=np.zeros((len(batch.places), 1)),
            prepare_s=[0.0] * len(batch.places),
            forward_s=[0.0] * len(batch.places),
        )
        for batch in lot
    ]


def played(num_batches: int, deadly: set[int], rng: random.Random) -> list[Finished]:
    """A run with three actors that die of these places, and now and then of nothing."""
    backlog, found = Backlog(batches(num_batches), 1), []
    while backlog.has_more:
        handed = [(lot, True) for _ in range(3) if (lot := backlog.alone())]
        handed += [(lot, False) for _ in range(3) if (lot := backlog.lot(rng.randint(1, 3)))]
        rng.shuffle(handed)
        for lot, alone in handed:
            ends = any(place in deadly for batch in lot for place in batch.places.tolist())
            if ends or (not alone and rng.random() < 0.2):
                found += backlog.lost(lot, was_alone=alone, node_left=False)
            elif rng.random() < 0.1:
                found += backlog.lost(lot, was_alone=alone, node_left=True)
            else:
                found += backlog.finished(lot, computed(lot))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_every_sample_is_finished_once_and_the_deadly_ones_are_failed(seed: int) -> None:
    rng = random.Random(seed)
    deadly = set(rng.sample(range(20 * SIZE), rng.choice([0, 1, 3])))
    found = played(20, deadly, rng)
    places = [place for one in found for place in one.places.tolist()]
    assert sorted(places) == list(range(20 * SIZE))
    crashed = {
        place
        for one in found
        for place, reason in zip(one.places.tolist(), one.reason, strict=True)
        if reason == "crashed"
    }
    assert crashed == deadly


def test_a_batch_of_which_all_samples_are_deadly_is_failed_as_a_whole() -> None:
    found = played(3, set(range(SIZE, 2 * SIZE)), random.Random(0))
    assert sorted(place for one in found for place in one.places.tolist()) == list(range(3 * SIZE))


def test_a_batch_that_ends_actors_only_as_a_whole_ends_the_run() -> None:
    backlog = Backlog(batches(1), 1)
    assert not list(backlog.lost(backlog.lot(1), was_alone=False, node_left=False))
    assert not list(backlog.lost(backlog.alone(), was_alone=True, node_left=False))
    for _ in range(SIZE):
        lot = backlog.alone()
        assert not list(backlog.finished(lot, computed(lot))), "it was only tried"
    with pytest.raises(HarnessError, match=r"Batch 0 ends every actor .* none of its samples alone does"):
        list(backlog.lost(backlog.alone(), was_alone=True, node_left=False))


def test_a_batch_is_not_sent_to_vanishing_machines_for_ever() -> None:
    backlog = Backlog(batches(1), 1)
    for _ in range(20):
        assert not list(backlog.lost(backlog.lot(1), was_alone=False, node_left=True))
    with pytest.raises(HarnessError, match="lost 20 times with machines"):
        list(backlog.lost(backlog.lot(1), was_alone=False, node_left=True))


def test_batches_are_taken_only_when_they_are_handed_out() -> None:
    taken = []

    def noted() -> Iterator[SampleBatch]:
        for batch in batches(100):
            taken.append(batch.index)
            yield batch

    backlog = Backlog(noted(), 1)
    backlog.lot(3)
    assert taken == [0, 1, 2]
