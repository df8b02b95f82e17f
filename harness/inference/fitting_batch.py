"""The largest batch that the memory of a device holds, found by computing batches of twice the size each time."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

import numpy.typing as npt

from harness.errors import HarnessError
from harness.inference.device import deterministic
from harness.inference.device_memory import DeviceMemory, is_out_of_memory
from harness.inference.forward import open_model
from harness.models.batch import Batch
from harness.models.endless import watched
from harness.models.model import VectorModel

PATIENCE_S = 30.0
"""A batch that would take longer is not computed; its need is estimated from smaller ones."""


def fitting_batch_size(
    model: VectorModel[Any], largest: npt.NDArray[Any], memory: DeviceMemory, *, most: int
) -> int:
    """The largest of 1, 2, 4 … `most` samples that can be computed at once, as often as a run has batches begun.

    A batch of twice the size is only tried if twice of what the last one took would be within the limit: on a
    processor the system ends a process that takes too much, and nothing can be caught.

    Args:
        model: not open; it is opened, and closed again.
        largest: a prepared array of the largest size that it is given.
        memory: where it computes.
        most: at least 1.

    Raises:
        HarnessError: it cannot be opened, fails, or does not even compute one sample within the memory.
    """
    deterministic()
    with closing(model):
        open_model(model)
        deterministic()
        if _peak(model, largest, 1, memory) is None:  # also what is set up once, which does not count below
            raise HarnessError(
                f"model {model.name}: not even one sample of the largest size fits into the memory of "
                f"{model.settings.device} (batch_size=auto). Free memory, use another device or a lower "
                "precision, or lower the longest duration that the model is given."
            )
        return _largest(model, largest, memory, most)


def _largest(model: VectorModel[Any], largest: npt.NDArray[Any], memory: DeviceMemory, most: int) -> int:
    before, limit, size = memory.in_use(), memory.limit(), 1
    while True:
        start = time.perf_counter()
        peak = _peak(model, largest, size, memory)
        if peak is None or (peak > limit and size > 1):
            return max(1, size // 2)
        need = max(0, peak - before) / size
        if not _has_room(2 * size, before, need, limit, most):
            return size
        size *= 2
        if 2 * (time.perf_counter() - start) > PATIENCE_S:
            return _estimated(size, before, need, limit, most)


def _estimated(size: int, before: int, need: float, limit: int, most: int) -> int:
    """The largest size for which there is room, by what each sample of the last batch needed."""
    while _has_room(2 * size, before, need, limit, most):
        size *= 2
    return size


def _has_room(size: int, before: int, need: float, limit: int, most: int) -> bool:
    return size <= most and before + size * need <= limit


def _peak(model: VectorModel[Any], largest: npt.NDArray[Any], size: int, memory: DeviceMemory) -> int | None:
    """The most memory that was in use while batches of a size were computed; None if it was not enough."""

    def compute() -> None:
        begun = [model.submit(Batch([largest.copy() for _ in range(size)])) for _ in range(model.in_flight)]
        for computed in begun:
            computed()

    try:
        with watched(f"model {model.name}", f"{size} blank samples", model.settings.batch_timeout_s):
            return memory.most_in_use(compute)
    except Exception as error:
        if is_out_of_memory(error):
            return None
        if isinstance(error, HarnessError):
            raise
        raise HarnessError(
            f"model {model.name} failed with {size} blank samples (batch_size=auto): {type(error).__name__}: "
            f"{error}"
        ) from error
