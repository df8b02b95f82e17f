"""Batches prepared ahead of the model, in worker processes or in this one."""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import resource_tracker
from queue import SimpleQueue

from harness.errors import HarnessError
from harness.inference.preparation import (
    LoadSample,
    PreparedBatch,
    SampleBatch,
    SingleThread,
    prepare_samples,
)
from harness.inference.slab import Slab
from harness.inference.worker import Worker
from harness.inference.worker_server import pickled_job
from harness.models.model import Preparer

_AHEAD = 2
"""Batches per worker that may wait for the model: enough to keep it busy, few enough to fit in memory."""

_NO_SLOT = -1
"""Wakes a thread that waits for a slot when the work ends early."""


def prepared_batches(
    batches: Iterable[SampleBatch],
    load: LoadSample,
    prepare: Preparer,
    *,
    workers: int,
    timeout_s: float,
    in_use: int = 1,
) -> AbstractContextManager[Iterable[PreparedBatch]]:
    """Prepare batches ahead of their use, from the moment that the context is entered.

    Batches come in the order in which they are ready: one that hangs does not hold up the others. All processes
    are gone when the context is left.

    Args:
        batches: to be prepared; taken from one thread at a time.
        load: reads one sample.
        prepare: turns its media into an array.
        workers: processes; 0 prepares in this one, each batch when it is asked for.
        timeout_s: seconds that one sample may take in a worker.
        in_use: how many batches the caller works on at once, at least 1. With 1, the arrays of a batch hold what
            they held until the next batch is asked for, with 2 until the one after it, and so on.

    Raises:
        HarnessError: on entering, there is no room for so many workers.
    """
    if workers == 0:
        return _in_this_process(batches, load, prepare)
    return _Pool(batches, pickled_job(load, prepare), workers, timeout_s, in_use)


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
        read = prepare_samples(load, prepare, batch.unknown(), with_beside=True)
    return PreparedBatch(batch.index, batch.places, batch.completed(read))


def _prepare_there(batch: SampleBatch, worker: Worker, slot: int) -> PreparedBatch:
    """A worker prepares what is not known; where all is, it need not even be started."""
    rows = batch.unknown()
    read, memory = worker.prepare(rows, slot) if rows else ([], None)
    prepared = batch.completed(read)
    return PreparedBatch(batch.index, batch.places, prepared, None if batch.known else memory, worker.name)


class _Pool:
    """One thread per worker: it hands out a batch, waits for the answer and deals with the worker's death.

    Threads, so that answers are taken in while the model computes; it releases the interpreter lock. A batch is
    taken when a slot of the slab is free, which bounds what is prepared ahead.
    """

    def __init__(
        self, batches: Iterable[SampleBatch], job: bytes, workers: int, timeout_s: float, in_use: int
    ) -> None:
        self._batches = iter(batches)
        self._lock = threading.Lock()
        self._in_use = in_use
        self._free: SimpleQueue[int] = SimpleQueue()
        self._ready: SimpleQueue[tuple[PreparedBatch, int] | BaseException | None] = SimpleQueue()
        self._stopping = False
        num_slots = _AHEAD * workers + in_use
        slab = Slab.create(num_slots)
        for slot in range(num_slots):
            self._free.put(slot)
        self._workers = [Worker(job, timeout_s, slab, f"worker {number}") for number in range(1, workers + 1)]
        self._threads = [
            threading.Thread(target=self._drive, args=(worker,), daemon=True) for worker in self._workers
        ]

    def __enter__(self) -> _Pool:
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError as error:
            self.__exit__()
            raise HarnessError(
                f"There is no room for {len(self._workers)} workers ({error}). Use fewer, or raise the limits of "
                "memory and processes (ulimit -v, ulimit -u)."
            ) from None
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        for _thread in self._threads:
            self._free.put(_NO_SLOT)
        for worker, thread in zip(self._workers, self._threads, strict=True):
            worker.stop()
            if thread.ident is not None:
                thread.join()

    def __iter__(self) -> Iterator[PreparedBatch]:
        used: deque[int] = deque()
        num_working = len(self._threads)
        while num_working:
            if len(used) == self._in_use:
                self._free.put(used.popleft())
            item = self._ready.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                num_working -= 1
            else:
                batch, slot = item
                used.append(slot)
                yield batch

    def _drive(self, worker: Worker) -> None:
        # What this thread starts inherits the mask: Ctrl-C is for the main thread, which ends the workers. The
        # tracker must run before, for its start takes the mask away again.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while (taken := self._take()) is not None:
                batch, slot = taken
                self._ready.put((_prepare_there(batch, worker, slot), slot))
            self._ready.put(None)
        except BaseException as error:
            self._ready.put(error)
        finally:
            worker.stop()

    def _take(self) -> tuple[SampleBatch, int] | None:
        slot = self._free.get()
        with self._lock:
            batch = None if self._stopping else next(self._batches, None)
        if batch is None:
            self._free.put(slot)  # for the thread that waits next, which then ends as well
            return None
        return batch, slot
