"""One actor of a Ray cluster, as it is seen from the process that plans the run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.inference.executor import Finished
from harness.inference.preparation import SampleBatch

_LOT_S = 0.1
_MOST_BATCHES = 64
_WINDOW_S = 1.0
"""Over which a rate is taken. Lots that are finished together say nothing about how fast they were computed."""

Lot = Sequence[SampleBatch]
"""Batches that are handed over together, as every message costs about a millisecond."""


@dataclass(eq=False)
class Actor:
    """What an actor has in its hands, and what it has done.

    Attributes:
        number: in the crew; its replacement has the same.
        handle: Ray's.
        machine: where it runs; None until its model is open.
        node: Ray's name of the machine.
        asked: what it computes, by Ray's reference: the lot, and since when.
        is_alone: whether its lot gets no company, as one like it has ended an actor.
        samples: finished.
        unscored: of these, failed or abstained.
        rate: samples per second of late; None in the first second.
    """

    number: int
    handle: Any
    machine: str | None = None
    node: str = ""
    asked: dict[Any, tuple[Lot, float]] = field(default_factory=dict)
    is_alone: bool = False
    samples: int = 0
    unscored: int = 0
    rate: float | None = None
    _window: tuple[float, int] = (0.0, 0)

    def ask(self, lot: Lot, *, alone: bool = False) -> None:
        """Have a lot computed.

        Args:
            lot: at least one batch.
            alone: no further lot is handed over until it is done.
        """
        self.is_alone = alone
        self.asked[self.handle.score.remote(lot)] = lot, time.monotonic()

    def next_lot(self, batch_size: int, ahead: int) -> int:
        """How many batches its next lot should have, so that it takes about `_LOT_S`; 0 if it has enough.

        Args:
            batch_size: of the plan.
            ahead: batches that it is to have at least, so that its workers need not wait.
        """
        if self.machine is None or (self.is_alone and self.asked):
            return 0
        size = 1 if self.rate is None else round(self.rate * _LOT_S / batch_size)
        size = min(max(size, 1), _MOST_BATCHES)
        in_hand = sum(len(lot) for lot, _ in self.asked.values())
        return size if in_hand < max(2 * size, ahead) else 0

    def took(self, finished: Sequence[Finished], since: float) -> None:
        """Count what it has finished of a lot that it was given at a time."""
        now = time.monotonic()
        began, before = self._window if self._window[0] else (since, self.samples)
        self.samples += sum(len(one.places) for one in finished)
        self.unscored += sum(outcome != "scored" for one in finished for outcome in one.outcome)
        if now - began >= _WINDOW_S:
            self.rate = (self.samples - before) / (now - began)
            began, before = now, self.samples
        self._window = began, before
