"""Choices of the inference stage that do not change what is predicted, the batch size aside."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import HarnessError
from harness.inference.part import Part
from harness.resources import Configured, ConfiguredGroup

logger = logging.getLogger(__name__)

_MAX_TIMEOUT_S = 86_400.0


def _default_executor() -> str:
    return str(ConfiguredGroup("executor")()["name"])


def _into_the_log(text: str) -> None:
    logger.info(text)


@dataclass(frozen=True)
class InferenceSettings:
    """How inference runs.

    Attributes:
        batch_size: samples per batch. Part of the plan: sample i belongs to batch ``i // batch_size``.
        workers: processes that read and prepare samples; 0 does it in the main process, where a decoder that
            crashes or hangs takes the run with it.
        timeout_s: seconds that one sample may take in a worker, up to a day.
        flush_s: seconds of finished work that a killed run may lose; a batch that takes longer is kept at once. 0
            keeps every batch, and every answer of a model that answers one by one, before the next.
        executor: where batches are computed: a name in the registry of executors.
        executor_options: of that executor, which validates them.
        tell: is told what the user should know of where batches are computed; by default, it is in the log.
        part: of the batches that are computed; None for all. What is collected then lacks the others.

    Raises:
        HarnessError: a value is out of its range.
    """

    batch_size: int = field(default_factory=Configured("batch_size"))
    workers: int = field(default_factory=Configured("workers"))
    timeout_s: float = field(default_factory=Configured("timeout_s"))
    flush_s: float = 0.2
    executor: str = field(default_factory=_default_executor)
    executor_options: Mapping[str, Any] = field(default_factory=dict)
    tell: Callable[[str], None] = field(default=_into_the_log, repr=False, compare=False)
    part: Part | None = None

    def __post_init__(self) -> None:
        """Check the ranges, once, at the border."""
        _require(self.batch_size >= 1, "batch_size", self.batch_size, "at least 1")
        _require(self.workers >= 0, "workers", self.workers, "at least 0")
        _require(0 < self.timeout_s <= _MAX_TIMEOUT_S, "timeout_s", self.timeout_s, "above 0 and at most 86400")
        _require(self.flush_s >= 0, "flush_s", self.flush_s, "at least 0")


def _require(holds: bool, name: str, value: float, expected: str) -> None:
    if not holds:
        raise HarnessError(f"{name}={value}: it must be {expected}.")
