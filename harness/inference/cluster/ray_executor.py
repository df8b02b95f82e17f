"""Batches computed by the actors of a Ray cluster, which read the media where they score them.

Ray starts actors and carries messages, no more. What is finished comes back to the process that plans the run,
which writes it into the journal as it does with what is computed on one machine: the journal alone says what is
done. Ray's own checkpoints, retries and restarts are not used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import Any

from harness.errors import HarnessError
from harness.files import own_sources_sha256
from harness.inference.cluster.backlog import Backlog
from harness.inference.cluster.crew import Crew, Done
from harness.inference.cluster.ray_cluster import connect
from harness.inference.cluster.ray_options import RayOptions
from harness.inference.cluster.ray_spread import RaySpread
from harness.inference.cluster.scorer import Job
from harness.inference.cluster.standing import Standing
from harness.inference.executor import Finished
from harness.inference.inference_settings import InferenceSettings
from harness.inference.local_executor import LocalExecutor
from harness.inference.preparation import LoadSample, SampleBatch
from harness.models.model import VectorModel

_AHEAD = 2
"""Batches per worker of an actor that it is given ahead, see `harness.inference.pool`."""

_DEATHS_WITHOUT_WORK = 10
"""And as many as there are actors: then it is not a sample that ends them."""


class RayExecutor:
    """A Ray cluster: actors that each hold the model read, prepare and score batches.

    Args:
        options: see `RayOptions`.
    """

    Options = RayOptions

    def __init__(self, options: RayOptions) -> None:
        self._options = options

    @property
    def num_gpus(self) -> int:
        """GPUs that a model sees in its actor."""
        return -int(-self._options.num_gpus // 1)

    def spread(self, tell: Callable[[str], None]) -> RaySpread:
        """Where functions of tables are called, such as the counting of predictions."""
        return RaySpread(self._options, tell)

    @contextmanager
    def run(
        self,
        batches: Iterable[SampleBatch],
        load: LoadSample,
        model: VectorModel[Any],
        settings: InferenceSettings,
    ) -> Iterator[Iterator[Finished]]:
        """See `harness.inference.executor.Executor.run`.

        A system that is asked over a network is asked by this process (`VectorModel.asked_elsewhere`).
        """
        if model.asked_elsewhere:
            with LocalExecutor().run(batches, load, model, settings) as results:
                yield results
            return
        cluster = connect(self._options)
        upcoming = iter(batches)
        first = list(islice(upcoming, self._options.actors or cluster.room))
        job = _job(load, model, settings, self._options)
        standing = Standing(settings.tell)
        with Crew(job, self._options, len(first)) as crew:
            standing.started(cluster, len(first))
            backlog = Backlog(chain(first, upcoming), model.width)
            ahead = _AHEAD * max(1, settings.workers) + model.in_flight - 1
            yield _results(crew, backlog, standing, settings.batch_size, ahead)


def _job(load: LoadSample, model: VectorModel[Any], settings: InferenceSettings, options: RayOptions) -> Job:
    from ray import cloudpickle

    try:
        pickled = cloudpickle.dumps((load, model))
    except Exception as error:
        raise HarnessError(
            f"The reader or the model cannot be sent to other processes ({error}). Make them picklable, or use "
            "executor=local."
        ) from error
    torch = sys.modules.get("torch")
    here = torch.get_num_threads() if torch is not None else len(os.sched_getaffinity(0))
    return Job(pickled, settings.workers, settings.timeout_s, options.threads or here, own_sources_sha256())


def _results(crew: Crew, backlog: Backlog, standing: Standing, batch_size: int, ahead: int) -> Iterator[Finished]:
    deaths = 0
    _hand_out(crew, backlog, batch_size, ahead)
    while crew.actors and (crew.is_working or backlog.has_more):
        for event in crew.wait():
            if isinstance(event, Done):
                deaths = 0
                worker = f"actor {event.actor.number} on {event.actor.machine}"
                finished = (replace(one, worker=worker) for one in event.finished)
                yield from backlog.finished(event.lot, finished)
                continue
            standing.lost(event)
            deaths += not event.node_left
            if deaths > _DEATHS_WITHOUT_WORK + len(crew.actors):
                raise HarnessError(
                    f"{deaths} actors have ended one after another, and none has finished a batch in between "
                    f"({event.why}). Finished work is kept; repeat the command to continue."
                )
            for lot in event.lots:
                yield from backlog.lost(lot, was_alone=event.actor.is_alone, node_left=event.node_left)
        standing.go_on(crew.actors)
        _hand_out(crew, backlog, batch_size, ahead)


def _hand_out(crew: Crew, backlog: Backlog, batch_size: int, ahead: int) -> None:
    """Give every actor what it has room for; what may end actors, to those that have nothing else."""
    for actor in crew.actors:
        if actor.machine is not None and not actor.asked and (lot := backlog.alone()):
            actor.ask(lot, alone=True)
        while (size := actor.next_lot(batch_size, ahead)) and (lot := backlog.lot(size)):
            actor.ask(lot)
