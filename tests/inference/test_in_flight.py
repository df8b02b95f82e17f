"""Batches that are begun before the answers of earlier ones are read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
import toy
from deferred_transfers import DeferredTransfers

from harness.datasets.reader import Sample
from harness.errors import HarnessError
from harness.inference.collected import Collected
from harness.inference.time_spent import TimeSpent
from harness.models.answer import Answer, StreamedAnswers
from harness.models.batch import stacked
from harness.models.networks.torch_device import Gpu
from harness.signals.media import Media

BEHAVIOURS = [*["ok"] * 61, "abstain", "broken", *["abstain"] * 8, "kill", *["ok"] * 71]


class OnDevice(toy.ToyModel):
    """The toy on a device that reads its memory as late as it may."""

    in_flight = 3
    lag_s = 0.01

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[int] = []

    def open(self) -> None:
        super().open()
        self.calls = DeferredTransfers(lag_s=self.lag_s)
        self.device = Gpu(self.calls)

    def close(self) -> None:
        self.device.close()

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], npt.NDArray[np.float64]]:
        fetched = self.device.fetch({"waves": self.device.put(stacked(batch), getattr(batch, "memory", None))})
        self.waiting.append(len(self.calls.undone) // 2)
        time.sleep(self.forward_s)

        def computed() -> npt.NDArray[np.float64]:
            return fetched()["waves"].astype(np.float64) @ toy.WEIGHTS

        return computed


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_answers_are_equal_to_the_byte(tmp_path: Path, workers: int) -> None:
    """Also where samples have none, and where workers that are faster than the model use every slot again."""
    model = OnDevice()
    model.forward_s = 0.005
    behaviours = [name for name in BEHAVIOURS if workers or name != "kill"]
    found = toy.run(tmp_path / "device", toy.toy_samples(behaviours), model, workers=workers)
    plain = toy.run(tmp_path / "plain", toy.toy_samples(behaviours), workers=workers)
    assert toy.fingerprint(found.vectors()) == toy.fingerprint(plain.vectors())
    assert max(model.waiting) == 3
    assert not model.calls.pinned
    assert (model.calls.num_pinned > 0) is (workers > 0)


def test_the_last_batches_are_read_when_no_more_come(tmp_path: Path) -> None:
    done: list[int] = []
    settings = toy.InferenceSettings(batch_size=4, workers=0)
    toy.collect(
        toy.toy_samples(["ok"] * 20),
        toy.load,
        OnDevice(),
        journal=tmp_path,
        plan_hash=toy.PLAN,
        settings=settings,
        progress=lambda count, _total: done.append(count),
    )
    assert done == [0, 4, 8, 12, 16, 20]


class Failing(OnDevice):
    """What a device has computed wrongly shows when it is read."""

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], npt.NDArray[np.float64]]:
        computed = super().submit(batch)
        number = len(self.waiting)

        def failing() -> npt.NDArray[np.float64]:
            if number == 2:
                raise RuntimeError("CUDA error: an illegal memory access was encountered")
            return computed()

        return failing


def test_a_failure_names_the_batch_that_was_read_and_keeps_those_before(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="model toy failed in batch 1: RuntimeError: CUDA error"):
        toy.run(tmp_path, toy.toy_samples(["ok"] * 40), Failing())
    rest = OnDevice()
    collected = toy.run(tmp_path, toy.toy_samples(["ok"] * 40), rest)
    assert len(rest.waiting) == 9
    assert_sound(collected, toy.toy_samples(["ok"] * 40))


def assert_sound(collected: Collected, samples: pa.Table) -> None:
    values = collected.vectors().values
    for place in range(samples.num_rows):
        np.testing.assert_allclose(values[place], toy.expected_vector(place), rtol=1e-12)


def test_the_model_is_charged_for_its_own_time_alone(tmp_path: Path) -> None:
    """With batches in flight, the time of one begins where the one before it ended."""
    model = OnDevice()
    model.forward_s = 0.02
    start = time.perf_counter()
    collected = toy.run(tmp_path, toy.toy_samples(["ok"] * 40), model)
    spent = time.perf_counter() - start
    seconds = pa.concat_tables(collected.timings("toy", "clean"))["forward_s"].to_numpy()
    assert 0.9 * 10 * 0.02 < seconds.sum() <= spent


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("lag_s", [0.0, 0.05])
def test_a_device_is_not_charged_for_samples_that_it_waits_for(tmp_path: Path, workers: int, lag_s: float) -> None:
    """And no less than it takes where it computes meanwhile."""
    model, spent = OnDevice(), TimeSpent()
    model.lag_s = lag_s
    collected = toy.collect(
        toy.toy_samples(["ok"] * 12),
        slow_load,
        model,
        journal=tmp_path,
        plan_hash=toy.PLAN,
        settings=toy.InferenceSettings(batch_size=2, workers=workers),
        spent=spent,
    )
    seconds = pa.concat_tables(collected.timings("toy", "clean"))["forward_s"].to_numpy()
    assert 6 * lag_s <= seconds.sum() < 6 * lag_s + 0.2
    assert spent.computing <= seconds.sum() + 1e-9
    assert spent.waiting >= 12 * SLOW_S - 6 * lag_s


SLOW_S = 0.1


def slow_load(sample: Sample) -> Media:
    """Takes longer than the device does."""
    time.sleep(SLOW_S)
    return toy.load(sample)


class Streaming(toy.ToyModel):
    """Takes all batches before it answers the first sample, as a service with much room might."""

    def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers:
        taken = [(number, list(batch)) for number, batch in enumerate(batches)]
        for number, arrays in taken:
            for index, array in enumerate(arrays):
                yield number, index, Answer(vector=array.astype(np.float64) @ toy.WEIGHTS)


def test_a_stream_may_hold_more_batches_than_there_are_slots(tmp_path: Path) -> None:
    samples = toy.toy_samples(["ok"] * 60)
    assert_sound(toy.run(tmp_path, samples, Streaming(), workers=1), samples)
