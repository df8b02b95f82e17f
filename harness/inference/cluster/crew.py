"""The actors of a run: started, given lots, and replaced when they die."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.util import get_temp_dir
from shutil import rmtree
from typing import Any

from harness.errors import HarnessError
from harness.inference.cluster.actor import Actor, Lot
from harness.inference.cluster.ray_options import RayOptions
from harness.inference.cluster.scorer import Job, Scorer
from harness.inference.cluster.waiting_threads import waiting_threads
from harness.inference.executor import Finished

_STARTS_TRIED = 3
_LOTS_AT_ONCE = 64
_WAIT_S = 1.0


class RayScorer(Scorer):
    """A `Scorer` in an actor."""

    def node(self) -> str:
        """Ray's name of the machine."""
        import ray

        return str(ray.get_runtime_context().get_node_id())

    def tidy(self) -> None:
        """Remove the temporary folder of its workers' server, which an actor leaves behind when it is ended."""
        rmtree(get_temp_dir(), ignore_errors=True)


@dataclass(frozen=True)
class Done:
    """A lot that is finished.

    Attributes:
        actor: that computed it.
        lot: that it was given.
        finished: what became of it.
    """

    actor: Actor
    lot: Lot
    finished: Sequence[Finished]


@dataclass(frozen=True)
class Lost:
    """What an actor had in its hands when it died; another takes its place.

    Attributes:
        actor: that died.
        lots: that nobody computes now.
        why: Ray's account, one line.
        node_left: whether its machine has left the cluster, so that no lot is to blame.
    """

    actor: Actor
    lots: Sequence[Lot]
    why: str
    node_left: bool


class Crew:
    """Actors that compute lots, as many as were asked for; leaving the block ends them.

    Args:
        job: of all of them.
        options: of the cluster.
        num_actors: how many there are.
    """

    def __init__(self, job: Job, options: RayOptions, num_actors: int) -> None:
        import ray

        self._ray = ray
        self._options = options
        self._job = ray.put(job)
        self._kind = ray.remote(RayScorer).options(
            num_cpus=options.num_cpus,
            num_gpus=options.num_gpus,
            max_concurrency=_LOTS_AT_ONCE,
            max_restarts=0,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": {**waiting_threads(), "OMP_NUM_THREADS": str(job.threads)}},
        )
        self._starting: dict[Any, Actor] = {}
        self._starts_failed = 0
        self._idle_since = time.monotonic()
        self.actors = [self._start(number) for number in range(num_actors)]

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            tidied = [actor.handle.tidy.remote() for actor in self.actors if actor.machine is not None]
            if tidied:
                self._ray.wait(tidied, num_returns=len(tidied), timeout=_WAIT_S)
        finally:
            for actor in self.actors:
                self._ray.kill(actor.handle)

    @property
    def is_working(self) -> bool:
        """Whether any actor has a lot."""
        return any(actor.asked for actor in self.actors)

    def wait(self) -> Iterator[Done | Lost]:
        """What has happened since; nothing after a second of silence.

        Raises:
            HarnessError: an actor says that the run cannot go on, or none can be started.
        """
        if len(self._starting) < len(self.actors):
            self._idle_since = time.monotonic()
        waiting = [*self._starting, *(reference for actor in self.actors for reference in actor.asked)]
        done = self._done(waiting)
        if not done:
            self._require_patience()
        for reference in done:
            if reference in self._starting:
                yield from self._ready(reference)
            else:
                yield from self._finished(reference)

    def _done(self, waiting: list[Any]) -> list[Any]:
        try:
            done, rest = self._ray.wait(waiting, num_returns=1, timeout=_WAIT_S)
            if done and rest:
                done += self._ray.wait(rest, num_returns=len(rest), timeout=0)[0]
        except SystemExit:  # of the handler of `kill`; Ray exchanges its code
            raise SystemExit(128 + signal.SIGTERM) from None
        return list(done)

    def _start(self, number: int) -> Actor:
        actor = Actor(number, self._kind.remote(self._job))
        self._starting[actor.handle.ready.remote()] = actor
        return actor

    def _ready(self, reference: Any) -> Iterator[Lost]:
        actor = self._starting.pop(reference)
        try:
            said = self._ray.get(reference)
            node = self._ray.get(actor.handle.node.remote())
        except self._ray.exceptions.RayError as error:
            self._starts_failed += 1
            if self._starts_failed >= _STARTS_TRIED:
                raise HarnessError(
                    f"{_STARTS_TRIED} actors have ended while they opened the model ({_one_line(error)}). Ray's "
                    "logs say more; memory may be short (fewer actors on a machine: a higher executor.num_cpus)."
                ) from None
            yield self._replaced(actor, error)
            return
        if isinstance(said, HarnessError):
            raise said
        self._starts_failed = 0
        actor.machine, actor.node = said, node

    def _finished(self, reference: Any) -> Iterator[Done | Lost]:
        actor = next((one for one in self.actors if reference in one.asked), None)
        if actor is None:
            return  # of an actor that is known to be dead
        try:
            said = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise HarnessError(f"An actor on {actor.machine} has failed: {_one_line(error)}.") from None
        except self._ray.exceptions.RayError as error:
            yield self._replaced(actor, error)
            return
        if isinstance(said, HarnessError):
            raise said
        lot, since = actor.asked.pop(reference)
        actor.took(said, since)
        yield Done(actor, lot, said)

    def _replaced(self, actor: Actor, error: Exception) -> Lost:
        self._ray.kill(actor.handle)
        lots = [lot for lot, _ in actor.asked.values()]
        actor.asked.clear()
        new = self._start(actor.number)
        new.samples, new.unscored = actor.samples, actor.unscored
        self.actors[actor.number] = new
        alive = {node["NodeID"] for node in self._ray.nodes() if node["Alive"]}
        return Lost(actor, lots, _one_line(error), bool(actor.node) and actor.node not in alive)

    def _require_patience(self) -> None:
        """Actors may wait for room for as long as others work; a run that has lost all of them waits anew."""
        waits_s = time.monotonic() - self._idle_since
        if len(self._starting) == len(self.actors) and waits_s > self._options.start_s:
            raise HarnessError(
                f"The cluster has started no actor within executor.start_s={self._options.start_s:g} s. One needs "
                f"num_cpus={self._options.num_cpus:g} and num_gpus={self._options.num_gpus:g} on one machine, and "
                "a model that opens. `ray status` shows what is free. Finished work is kept; repeat the command "
                "to continue."
            )


def _one_line(error: Exception) -> str:
    """Ray's messages are long; their first lines name the error, and a later one the cause."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    causes = [line for line in lines if "exit" in line.lower() or "memory" in line.lower()]
    return (causes or lines or [type(error).__name__])[0].rstrip(".")[:300]
