"""What an actor does, in this process and without Ray."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import toy

from harness.errors import HarnessError
from harness.files import own_sources_sha256
from harness.inference.cluster.scorer import Job, Scorer
from harness.inference.executor import Finished
from harness.inference.preparation import SampleBatch
from harness.models.budget import Budget


class OnDevice(toy.ToyModel):
    """Begins three batches before it answers the first, as on a GPU."""

    in_flight = 3


class Failing(toy.ToyModel):
    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        raise ValueError("no such layer")


class Unopened(toy.ToyModel):
    def open(self) -> None:
        raise HarnessError("the weights are not those of the card")


def job(model: toy.ToyModel, workers: int = 0, sources: str | None = None) -> Job:
    return Job(pickle.dumps((toy.load, model)), workers, 30.0, 1, sources or own_sources_sha256())


def batch(index: int, behaviours: Sequence[str] = ("ok",) * 4) -> SampleBatch:
    first = index * len(behaviours)
    rows = [
        {"sample_id": f"s{first + offset:06d}", "modality": "voice", "ctx.behaviour": behaviour}
        for offset, behaviour in enumerate(behaviours)
    ]
    return SampleBatch(index, np.arange(first, first + len(rows)), rows)


def vectors(said: list[Finished] | HarnessError) -> dict[int, npt.NDArray[np.float64]]:
    assert isinstance(said, list)
    return {place: vector for one in said for place, vector in zip(one.places.tolist(), one.vectors, strict=True)}


@pytest.mark.parametrize(("model", "workers"), [(toy.ToyModel(), 0), (OnDevice(), 0), (OnDevice(), 1)])
def test_lots_that_overlap_are_each_answered_with_their_own(model: toy.ToyModel, workers: int) -> None:
    scorer, said = Scorer(job(model, workers)), {}
    assert isinstance(scorer.ready(), str)

    def ask(number: int) -> None:
        said[number] = vectors(scorer.score([batch(2 * number), batch(2 * number + 1)]))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
    for number in range(6):
        assert sorted(said[number]) == list(range(8 * number, 8 * number + 8))
        for place, vector in said[number].items():
            np.testing.assert_allclose(vector, toy.expected_vector(place), rtol=1e-12)


def test_a_single_batch_is_answered_also_where_several_are_begun() -> None:
    assert sorted(vectors(Scorer(job(OnDevice())).score([batch(0)]))) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (job(toy.ToyModel(), sources="0" * 64), "has another version of the harness"),
        (Job(b"no pickle", 0, 1.0, 1, own_sources_sha256()), "cannot load the reader or the model"),
        (job(Unopened()), "the weights are not those of the card"),
        (job(Unopened(), workers=1), "the weights are not those of the card"),
    ],
)
def test_why_it_cannot_begin_is_said(given: Job, message: str) -> None:
    scorer = Scorer(given)
    for said in (scorer.ready(), scorer.score([batch(0)])):
        assert isinstance(said, HarnessError)
        assert message in str(said)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_model_that_fails_is_named_to_all_that_wait(workers: int) -> None:
    scorer = Scorer(job(Failing(), workers))
    for _ in range(2):
        said = scorer.score([batch(0)])
        assert isinstance(said, HarnessError)
        assert "model toy failed in batch 0: ValueError: no such layer" in str(said)


def test_a_budget_in_another_process_allows_nothing() -> None:
    with pytest.raises(HarnessError, match="The budget is spent"):
        pickle.loads(pickle.dumps(Budget())).take(0.0)
