"""What an actor does: it opens the model once, prepares batches in workers of its own, and computes them.

It knows nothing of Ray, which only carries batches to it and what is finished back. It writes nothing.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.files import own_sources_sha256
from harness.inference.device import deterministic
from harness.inference.executor import Finished
from harness.inference.forward import forward_all, open_model
from harness.inference.pool import prepared_batches
from harness.inference.preparation import LoadSample, PreparedBatch, SampleBatch
from harness.models.model import VectorModel


@dataclass(frozen=True)
class Job:
    """What every actor of a run is given.

    Attributes:
        pickled: the load and the model, not opened.
        workers: processes of each actor that read and prepare; 0 for none.
        timeout_s: see `harness.inference.inference_settings.InferenceSettings`.
        threads: of a model on a CPU.
        sources_sha256: of the harness that plans the run; an actor of another one is refused.
    """

    pickled: bytes
    workers: int
    timeout_s: float
    threads: int
    sources_sha256: str

    def opened(self) -> tuple[LoadSample, VectorModel[Any]]:
        """The load and the model.

        Raises:
            HarnessError: this machine has another harness, or lacks a module.
        """
        if own_sources_sha256() != self.sources_sha256:
            raise HarnessError(
                f"{_this_machine()} has another version of the harness, whose answers would not be those of the "
                "plan. Install the same version on every machine of the cluster."
            )
        try:
            load, model = pickle.loads(self.pickled)  # noqa: S301 (from the process that started this one)
        except Exception as error:
            raise HarnessError(
                f"{_this_machine()} cannot load the reader or the model ({type(error).__name__}: {error}). "
                "Install the package that defines them on every machine of the cluster."
            ) from error
        return load, model


@dataclass(eq=False)
class _Asked:
    """Batches that were handed over together."""

    num_left: int
    finished: list[Finished] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)


class Scorer:
    """Computes batches. `score` is called from several threads: while one lot is computed, the next is prepared.

    Args:
        job: see `Job`.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._work = threading.Condition()
        self._batches: deque[SampleBatch] = deque()
        self._untaken = 0
        self._asked_of: dict[int, _Asked] = {}
        self._problem: HarnessError | None = None
        self._is_closing = False
        self._is_open = threading.Event()
        threading.Thread(target=self._compute, daemon=True, name="model").start()

    def ready(self) -> HarnessError | str:
        """The machine's name, once the model is open; or why it is not."""
        self._is_open.wait()
        return self._problem or _this_machine()

    def score(self, batches: Sequence[SampleBatch]) -> list[Finished] | HarnessError:
        """What becomes of batches, all of them; or why the run cannot go on."""
        asked = _Asked(sum(len(batch.places) for batch in batches))
        with self._work:
            for batch in batches:
                for place in batch.places.tolist():
                    self._asked_of[place] = asked
            self._batches.extend(batches)
            self._untaken += len(batches)
            self._work.notify_all()
        if self._problem is None:
            asked.done.wait()
        return self._problem or asked.finished

    def _compute(self) -> None:
        try:
            load, model = self._job.opened()
            deterministic()
            ahead = prepared_batches(
                self._taken(),
                load,
                model.preparer(),
                workers=self._job.workers,
                timeout_s=self._job.timeout_s,
                in_use=model.in_flight,
            )
            with closing(model), ahead as prepared, self._closing():
                open_model(model)
                deterministic()
                _use_threads(self._job.threads)
                self._is_open.set()
                self._serve(iter(prepared), model)
        except HarnessError as error:
            self._end(HarnessError(str(error)))  # a subclass may not survive the way back
        except BaseException as error:
            self._end(HarnessError(f"{_this_machine()}: {type(error).__name__}: {error}"))

    def _serve(self, prepared: Iterator[PreparedBatch], model: VectorModel[Any]) -> None:
        """Compute whatever is asked for, for as long as the process lives."""
        while True:
            with self._work:
                self._work.wait_for(lambda: self._untaken > 0)
            for finished in forward_all(self._owed(prepared), model):
                self._deliver(finished)

    def _owed(self, prepared: Iterator[PreparedBatch]) -> Iterator[PreparedBatch]:
        """Prepared batches until there is none that was asked for: then those on the device are waited for."""
        while self._untaken:
            with self._work:
                self._untaken -= 1
            yield next(prepared)

    def _taken(self) -> Iterator[SampleBatch]:
        """The batches for the workers, which wait here for the next."""
        while True:
            with self._work:
                self._work.wait_for(lambda: self._batches or self._is_closing)
                if self._is_closing:
                    return
                batch = self._batches.popleft()
            yield batch

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """At the end, let the workers go that wait for a batch."""
        try:
            yield
        finally:
            with self._work:
                self._is_closing = True
                self._work.notify_all()

    def _deliver(self, finished: Finished) -> None:
        asked = self._asked_of[int(finished.places[0])]
        for place in finished.places.tolist():
            del self._asked_of[place]
        asked.finished.append(finished)
        asked.num_left -= len(finished.places)
        if asked.num_left == 0:
            asked.done.set()

    def _end(self, problem: HarnessError) -> None:
        with self._work:
            self._problem = problem
            waiting = set(self._asked_of.values())
        self._is_open.set()
        for asked in waiting:
            asked.done.set()


def _this_machine() -> str:
    return os.uname().nodename


def _use_threads(number: int) -> None:
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(number)
