"""Functions of tables that are called on the machines of a Ray cluster, where the tables are read.

Such a function reads files that all machines see, and its outcome depends on its task alone. So Ray's own retries
can be used: a task whose machine has left is done again elsewhere.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import entry_points, version
from typing import Any, TypeVar

from harness.errors import HarnessError
from harness.files import own_sources_sha256
from harness.inference.cluster.ray_cluster import connect
from harness.inference.cluster.ray_options import RayOptions

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

_TRIES = 3
"""Times that a task is done again if its process or its machine is lost."""


class RaySpread:
    """Works on tasks on all machines of a cluster; see `harness.measurement.streaming.spans.Spread`.

    Args:
        options: of the cluster; each task takes ``num_cpus`` of it, and no GPU.
        tell: is told where they are worked on, where this process has just connected to the cluster.

    Raises:
        HarnessError: Ray is not installed, or there is no such cluster.
    """

    is_elsewhere = True

    def __init__(self, options: RayOptions, tell: Callable[[str], None]) -> None:
        options = options.model_copy(update={"num_gpus": 0.0})
        cluster = connect(options)
        self._options = options
        self.num_workers = options.actors or cluster.room
        if cluster.is_new:
            tell(f"Ray: {cluster.where} (nodes: {cluster.num_nodes}, room: {cluster.room}).")

    def __call__(self, function: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """The outcomes, in the order of the tasks."""
        import ray

        done_there = ray.remote(_done_there).options(
            num_cpus=self._options.num_cpus,
            max_retries=_TRIES,
            scheduling_strategy="SPREAD",
            runtime_env={"env_vars": {"OMP_NUM_THREADS": "1"}},
        )
        held, versions = ray.put(function), _versions()
        waiting: deque[Any] = deque()
        try:
            for task in tasks:
                waiting.append(done_there.remote(held, task, versions))
                if len(waiting) > self.num_workers * 3 // 2:  # those that wait have their task in memory
                    yield _outcome(ray, waiting.popleft())
            while waiting:
                yield _outcome(ray, waiting.popleft())
        finally:
            for reference in waiting:
                ray.cancel(reference, force=True)

    def end(self) -> None:
        """Nothing: tasks are cancelled when nobody asks for their outcomes any more."""


def _versions() -> dict[str, str]:
    """Whatever counts, with its version: the harness, what it computes with, and packages with metrics."""
    outside = entry_points(group="harness.metrics")
    packages = ["numpy", "pyarrow", *sorted({point.dist.name for point in outside if point.dist is not None})]
    return {"the harness": own_sources_sha256(), **{name: version(name) for name in packages}}


def _done_there(
    function: Callable[[Task], Outcome], task: Task, versions: Mapping[str, str]
) -> Outcome | HarnessError:
    """The outcome, or why there is none: an error of a subclass may not survive the way back."""
    node, found = os.uname().nodename, _versions()
    if differing := sorted(name for name in versions.keys() | found if versions.get(name) != found.get(name)):
        return HarnessError(
            f"{node} has another version of {', '.join(differing)}, whose counts need not be those of this one. "
            "Install the same version on every machine of the cluster."
        )
    try:
        return function(task)
    except HarnessError as error:
        return HarnessError.sent(error, f" (found on {node})")


def _outcome(ray: Any, reference: Any) -> Any:
    try:
        found = ray.get(reference)
    except ray.exceptions.RayError as error:
        why = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise HarnessError(
            f"A part of the tables could not be counted on the cluster ({why}). Memory may be short (fewer at a "
            "time on a machine: a higher executor.num_cpus); or count on this machine: harness score DIR."
        ) from None
    if isinstance(found, HarnessError):
        raise found
    return found
