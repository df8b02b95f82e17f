"""Which device computes, and how it is kept from giving other numbers in another run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable

from harness.errors import HarnessError


def resolve_device(name: str, num_gpus: Callable[[], int | None]) -> str:
    """The device to run on: ``auto`` is the GPU where there is one, else the CPU.

    Args:
        name: ``auto``, ``cpu``, ``cuda`` or ``cuda:<index>``.
        num_gpus: how many GPUs the system can use here; None where nothing is computed here, so that any device
            will do. Only asked if it matters.

    Raises:
        HarnessError: the name is unknown, or there is no such GPU.
    """
    if name == "cpu":
        return name
    if name != "auto" and not re.fullmatch(r"cuda(:\d+)?", name):
        raise HarnessError(f"device={name}: no such device. Use auto, cpu, cuda or cuda:<index>.")
    found = num_gpus()
    if found is None:
        return "cpu"
    if name == "auto":
        return "cuda" if found else "cpu"
    if int(name.partition(":")[2] or 0) >= found:
        raise HarnessError(f"device={name}: this system can use {found} GPUs here. Use device=cpu or device=auto.")
    return name


def deterministic() -> None:
    """Make torch give the same bytes in every run, and full float32 precision in convolutions.

    TF32 would move scores by about 1e-3 with the batch size. Does not import torch: a model without it should not
    wait for it, so call this before and after a model is opened.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch = sys.modules.get("torch")
    if torch is None:
        return
    torch.set_deterministic_debug_mode(
        "warn"
    )  # use_deterministic_algorithms, less its import of the compiler: 2 s
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
