"""Batches on their way from workers, or from this process; workers that die are tested in `test_worker`."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import toy

from harness.errors import HarnessError
from harness.inference import pool
from harness.inference.pool import prepared_batches
from harness.inference.preparation import Prepared, PreparedBatch, SampleBatch
from harness.inference.worker import Worker

ROWS = toy.toy_samples(["ok"] * 30).to_pylist()


def batches(num: int, size: int = 3) -> list[SampleBatch]:
    places = [np.arange(index * size, (index + 1) * size) for index in range(num)]
    return [SampleBatch(10 + index, of, [ROWS[place] for place in of]) for index, of in enumerate(places)]


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_every_batch_comes_once_with_its_samples_in_order(workers: int) -> None:
    with prepared_batches(batches(10), toy.load, toy.prepare, workers=workers, timeout_s=30.0) as prepared:
        found = {batch.index: [np.array(sample.array) for sample in batch.samples] for batch in prepared}
    assert sorted(found) == list(range(10, 20))
    for index, arrays in found.items():
        for place, array in enumerate(arrays):
            number = 3 * (index - 10) + place
            np.testing.assert_allclose(array, np.sin(np.arange(8) * (number + 1)), rtol=1e-6)


@pytest.mark.parametrize("in_use", [1, 3])
def test_a_batch_holds_what_it_held_while_it_is_in_use(in_use: int) -> None:
    """A slow consumer: by then the worker has prepared as much as it may, and would have written over it."""
    held: list[PreparedBatch] = []
    ahead = prepared_batches(batches(10), toy.load, toy.prepare, workers=1, timeout_s=30.0, in_use=in_use)
    with ahead as prepared:
        for batch in prepared:
            held = [*held, batch][-in_use:]
            time.sleep(0.05)
            for of in held:
                assert of.memory is not None
                for place, sample in zip(of.places, of.samples, strict=True):
                    np.testing.assert_allclose(sample.array, np.sin(np.arange(8) * (place + 1)), rtol=1e-6)
    assert len(held) == in_use


def test_memory_is_bounded_by_the_slots_however_many_workers_are_faster_than_the_model() -> None:
    taken: list[int] = []

    def noted() -> Iterator[SampleBatch]:
        for number in range(200):
            taken.append(number)
            yield SampleBatch(number, np.array([0]), [ROWS[0]])

    addresses = set()
    with prepared_batches(noted(), toy.load, toy.prepare, workers=16, timeout_s=30.0) as prepared:
        for done, batch in enumerate(prepared):
            assert len(taken) <= done + 1 + pool._AHEAD * 16
            assert batch.memory is not None
            addresses.add(batch.memory.ctypes.data)
            assert len(batch.memory) == 1 << 16
    assert 16 < len(addresses) <= 1 + pool._AHEAD * 16
    assert sorted(taken) == list(range(200))


@pytest.mark.parametrize("workers", [0, 2])
def test_without_batches_there_is_nothing(workers: int) -> None:
    with prepared_batches([], toy.load, toy.prepare, workers=workers, timeout_s=30.0) as prepared:
        assert list(prepared) == []


def test_no_more_is_prepared_ahead_than_there_is_room_for() -> None:
    taken: list[int] = []

    def endless() -> Iterator[SampleBatch]:
        for batch in batches(10):
            taken.append(batch.index)
            yield batch

    with prepared_batches(endless(), toy.load, toy.prepare, workers=1, timeout_s=30.0) as prepared:
        first = next(iter(prepared))
        deadline = time.monotonic() + 10
        while len(taken) < 1 + pool._AHEAD and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.1)
        assert first.index == 10
        assert len(taken) == 1 + pool._AHEAD


def test_in_this_process_nothing_is_prepared_before_it_is_asked_for() -> None:
    taken: list[int] = []

    def noted() -> Iterator[SampleBatch]:
        for batch in batches(3):
            taken.append(batch.index)
            yield batch

    with prepared_batches(noted(), toy.load, toy.prepare, workers=0, timeout_s=30.0) as prepared:
        assert taken == []
        next(iter(prepared))
        assert taken == [10]


@pytest.mark.parametrize("workers", [0, 2])
def test_what_goes_wrong_with_the_batches_reaches_the_caller(workers: int) -> None:
    def broken() -> Iterator[SampleBatch]:
        yield batches(1)[0]
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        prepared_batches(broken(), toy.load, toy.prepare, workers=workers, timeout_s=30.0) as prepared,
    ):
        list(prepared)


def test_all_processes_are_gone_when_the_context_is_left_early() -> None:
    before = set(multiprocessing.active_children())
    with prepared_batches(batches(10), toy.load, toy.prepare, workers=2, timeout_s=30.0) as prepared:
        next(iter(prepared))
        assert set(multiprocessing.active_children()) - before
    assert not set(multiprocessing.active_children()) - before


@pytest.mark.parametrize("workers", [0, 2])
def test_what_is_known_is_not_read_and_may_be_written_on(workers: int) -> None:
    """Their arrays are not those that would be read; of the second batch one sample is read."""
    known = {f"s{i:06d}": Prepared(np.full(8, i, np.float32), "scored", None, 0.5) for i in range(6)}
    of_batches = [
        replace(batch, known={k: known[k] for k in list(known)[3 * i : 3 * i + 3 - i]})
        for i, batch in enumerate(batches(2))
    ]
    with prepared_batches(of_batches, toy.load, toy.prepare, workers=workers, timeout_s=30.0) as prepared:
        found = {batch.index: batch.samples for batch in prepared}
    first, second = found[10], found[11]
    assert [of.array[0] for of in (*first, *second[:2])] == [0.0, 1.0, 2.0, 3.0, 4.0]
    np.testing.assert_allclose(second[2].array, np.sin(np.arange(8) * 6), rtol=1e-6)
    first[0].array[:] = 9.0
    assert known["s000000"].array[0] == 0.0


def test_no_worker_is_started_where_all_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Worker, "_start", lambda _: pytest.fail("it was started"))
    known = {f"s{i:06d}": Prepared(np.zeros(8), "scored", None, 0.5) for i in range(6)}
    of_batches = [replace(batch, known=known) for batch in batches(2)]
    with prepared_batches(of_batches, toy.load, toy.prepare, workers=2, timeout_s=30.0) as prepared:
        assert len(list(prepared)) == 2


def test_where_there_is_no_room_for_all_workers_that_is_said_and_none_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start, started = threading.Thread.start, []

    def some_left(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    of_four = prepared_batches(iter(()), toy.load, toy.prepare, workers=4, timeout_s=30)
    monkeypatch.setattr(threading.Thread, "start", some_left)
    with (
        pytest.raises(HarnessError, match=r"no room for 4 workers \(can't start new thread\)\. Use fewer"),
        of_four,
    ):
        pass
    assert [thread.is_alive() for thread in started] == [False, False]
