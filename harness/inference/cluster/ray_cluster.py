"""The connection to a Ray cluster. Ray is imported in this folder alone, when it is first needed."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.errors import HarnessError
from harness.inference.cluster.ray_options import RayOptions

_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",
}
"""Nothing is reported to the makers of Ray. An actor without a GPU computes where the plan's device says. Failures
of work that nobody waits for any more are not printed."""

_REACHED_S = 10.0


@dataclass(frozen=True)
class RayCluster:
    """A cluster that this process is connected to.

    Attributes:
        where: in words.
        dashboard: the address of its dashboard; empty without one.
        num_nodes: machines.
        room: how many actors it has room for, at least 1.
        is_new: whether this process has just connected to it.
    """

    where: str
    dashboard: str
    num_nodes: int
    room: int
    is_new: bool


def connect(options: RayOptions) -> RayCluster:
    """Connect to a cluster, or start one on this machine; it ends with this process.

    A connection that the process has already is used, whatever its address.

    Raises:
        HarnessError: Ray is not installed, or there is no such cluster.
    """
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    with _quiet():
        try:
            import ray
        except ImportError:
            raise HarnessError(
                "executor=ray needs Ray, which is not installed: pip install 'emotion-harness[ray]'."
            ) from None
        is_new = not ray.is_initialized()
        if is_new:
            with _own_signals():
                _init(ray, options)
        resources = ray.cluster_resources()
        return RayCluster(
            where="this machine" if options.address == "local" else options.address,
            dashboard=str(ray._private.worker.get_dashboard_url() or "") if _is_direct(ray) else "",
            num_nodes=sum(bool(node["Alive"]) for node in ray.nodes()),
            room=_room(resources, options),
            is_new=is_new,
        )


def _init(ray: Any, options: RayOptions) -> None:
    wanted: dict[str, Any] = {}
    if options.address == "local":
        num_cpus = os.cpu_count() or 1
        needed = int(-(-(options.actors or 1) * options.num_cpus // 1))
        wanted = {"num_cpus": max(num_cpus, needed)}
    try:
        _require_listener(options.address)
        # What ends its processes Ray prints to standard output, where results stand; who waits for them says it.
        ray._private.worker.print_to_stdstream = lambda *_, **__: None
        ray.init(address=options.address, log_to_driver=False, logging_level=logging.ERROR, **wanted)
    except Exception as error:
        why = next(iter(str(error).strip().splitlines()), "no reason given")
        raise HarnessError(
            f"executor.address={options.address}: no Ray cluster can be reached ({type(error).__name__}: {why}). "
            "Start one with `ray start --head`, check the address and RAY_AUTH_TOKEN, or use "
            "executor.address=local."
        ) from None


def _require_listener(address: str) -> None:
    """Ray itself tries for minutes to reach an address at which nobody listens."""
    host, _, port = address.rpartition("://")[2].rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), _REACHED_S).close()


def _is_direct(ray: Any) -> bool:
    """Whether this process belongs to the cluster; through ``ray://`` it does not."""
    return not ray.util.client.ray.is_connected()


def _room(resources: dict[str, float], options: RayOptions) -> int:
    fits = [
        int(resources.get(name, 0.0) / needed + 1e-9)
        for name, needed in (("CPU", options.num_cpus), ("GPU", options.num_gpus))
        if needed
    ]
    return max(1, min(fits, default=1))


@contextmanager
def _own_signals() -> Iterator[None]:
    """Ray replaces the handler of ``kill``, by which finished work would not be written."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _quiet() -> Iterator[None]:
    """Ray warns of its own plans for the future."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
