"""Batches prepared ahead of the model, in worker processes or in this one."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import resource_tracker
from queue import SimpleQueue

from harness.inference.preparation import (
    LoadSample,
    PreparedBatch,
    SampleBatch,
    SingleThread,
    prepare_samples,
)
from harness.inference.worker import Worker, pickled_job
from harness.models.model import Preparer

_AHEAD = 2
"""Batches per worker that may wait for the model: enough to keep it busy, few enough to fit in memory."""


def prepared_batches(
    batches: Iterable[SampleBatch], load: LoadSample, prepare: Preparer, *, workers: int, timeout_s: float
) -> AbstractContextManager[Iterable[PreparedBatch]]:
    """Prepare batches ahead of their use, from the moment that the context is entered.

    Batches come in the order in which they are ready: one that hangs does not hold up the others. All processes
    are gone when the context is left.
    """
    if workers == 0:
        return _in_this_process(batches, load, prepare)
    return _Pool(batches, pickled_job(load, prepare), workers, timeout_s)


@contextmanager
def _in_this_process(
    batches: Iterable[SampleBatch], load: LoadSample, prepare: Preparer
) -> Iterator[Iterator[PreparedBatch]]:
    single_thread = SingleThread()
    yield (_prepare_here(batch, load, prepare, single_thread) for batch in batches)


def _prepare_here(
    batch: SampleBatch, load: LoadSample, prepare: Preparer, single_thread: SingleThread
) -> PreparedBatch:
    with single_thread.hold():
        samples = prepare_samples(load, prepare, batch.rows)
    return PreparedBatch(batch.index, batch.places, samples)


class _Pool:
    """One thread per worker: it hands out a batch, waits for the answer and deals with the worker's death.

    Threads, so that answers are taken in while the model computes; it releases the interpreter lock.
    """

    def __init__(self, batches: Iterable[SampleBatch], job: bytes, workers: int, timeout_s: float) -> None:
        self._batches = iter(batches)
        self._lock = threading.Lock()
        self._room = threading.Semaphore(_AHEAD * workers)
        self._ready: SimpleQueue[PreparedBatch | BaseException | None] = SimpleQueue()
        self._stopping = False
        self._workers = [Worker(job, timeout_s) for _ in range(workers)]
        self._threads = [
            threading.Thread(target=self._drive, args=(worker,), daemon=True) for worker in self._workers
        ]

    def __enter__(self) -> _Pool:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for _thread in self._threads:
            self._room.release()
        for worker, thread in zip(self._workers, self._threads, strict=True):
            worker.stop()
            thread.join()

    def __iter__(self) -> Iterator[PreparedBatch]:
        num_working = len(self._threads)
        while num_working:
            item = self._ready.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                num_working -= 1
            else:
                self._room.release()
                yield item

    def _drive(self, worker: Worker) -> None:
        # What this thread starts inherits the mask: Ctrl-C is for the main thread, which ends the workers. The
        # tracker must run before, for its start takes the mask away again.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while (batch := self._take()) is not None:
                self._ready.put(PreparedBatch(batch.index, batch.places, worker.prepare(batch.rows)))
            self._ready.put(None)
        except BaseException as error:
            self._ready.put(error)
        finally:
            worker.stop()

    def _take(self) -> SampleBatch | None:
        self._room.acquire()
        with self._lock:
            return None if self._stopping else next(self._batches, None)
