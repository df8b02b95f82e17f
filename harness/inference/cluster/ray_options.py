"""What the user chooses of a Ray cluster."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from harness.inference.executor import ExecutorOptions


def _require_address(address: str) -> str:
    if address in ("local", "auto") or ":" in address:
        return address
    raise ValueError("expected local, auto, HOST:PORT or ray://HOST:PORT")


class RayOptions(ExecutorOptions):
    """The options of ``executor=ray``, all of which are in ``configs/executor/ray.yaml``.

    Attributes:
        address: ``local`` starts Ray on this machine and ends it with the command; ``auto`` is the cluster that
            this machine belongs to; otherwise the address of a cluster, or with ``ray://`` of its client server.
        actors: processes that each hold the model; None for as many as the cluster has room for.
        num_cpus: that Ray reserves for each actor and its workers.
        num_gpus: that Ray reserves for each actor; below 1, several actors share one.
        threads: of a model that computes on a CPU, in each actor; None for as many as it would have here. Sums
            that are divided among another number of threads may differ in their last bits.
        start_s: seconds that are waited for the first actor.
    """

    address: Annotated[str, AfterValidator(_require_address)] = "local"
    actors: int | None = Field(default=None, ge=1, le=10_000)
    num_cpus: float = Field(default=1.0, ge=0, le=1_024)
    num_gpus: float = Field(default=0.0, ge=0, le=64)
    threads: int | None = Field(default=None, ge=1, le=1_024)
    start_s: float = Field(default=600.0, gt=0, le=86_400)
