"""What is still to be computed of a run, and what is to blame where actors die.

A lot that is lost with its actor is computed again. It may be what ended the actor, so each of its batches is then
computed alone; a batch that ends an actor alone is tried sample by sample. A sample that ends one alone as well
becomes a failed row, like one that ends two workers on one machine (`harness.inference.worker`), and its batch is
computed without it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from harness.errors import HarnessError, Reason
from harness.inference.cluster.actor import Lot
from harness.inference.executor import Finished
from harness.inference.preparation import SampleBatch

_MOST_LOSSES = 20
"""Of one batch with machines that left the cluster."""


@dataclass(eq=False)
class _Trial:
    """A batch whose samples are tried alone.

    Attributes:
        batch: all of it.
        num_left: samples that have not been tried.
        guilty: offsets of those that ended an actor.
    """

    batch: SampleBatch
    num_left: int
    guilty: list[int] = field(default_factory=list)


class Backlog:
    """Hands out lots, and takes them back.

    Args:
        batches: of the plan, or what is left of them; taken as they are needed.
        width: of the model.
    """

    def __init__(self, batches: Iterable[SampleBatch], width: int) -> None:
        self._fresh = iter(batches)
        self._returned: deque[SampleBatch] = deque()
        self._suspects: deque[SampleBatch] = deque()
        self._tries: deque[SampleBatch] = deque()
        self._trial_of: dict[int, tuple[_Trial, int]] = {}
        self._tried: set[int] = set()
        self._losses: dict[int, int] = {}
        self._is_through = False
        self._width = width

    @property
    def has_more(self) -> bool:
        """Whether anything may be left that nobody has in hand."""
        return not self._is_through or bool(self._returned or self._suspects or self._tries)

    def lot(self, size: int) -> Lot:
        """Up to `size` batches that are not suspected of anything; none where there are none left."""
        lot = [self._returned.popleft() for _ in range(min(size, len(self._returned)))]
        lot += islice(self._fresh, size - len(lot))
        self._is_through = len(lot) < size
        return lot

    def alone(self) -> Lot:
        """A lot that is to be computed by an actor that computes nothing else; empty where there is none."""
        waiting = self._tries or self._suspects
        return [waiting.popleft()] if waiting else []

    def finished(self, lot: Lot, finished: Iterable[Finished]) -> Iterator[Finished]:
        """What a lot that is computed adds to the run: nothing if it was tried only to see what it does."""
        if id(lot[0]) not in self._trial_of:
            yield from finished
        else:
            yield from self._judged(lot[0], is_guilty=False)

    def lost(self, lot: Lot, *, was_alone: bool, node_left: bool) -> Iterator[Finished]:
        """Take back a lot whose actor has died.

        Args:
            lot: that it had.
            was_alone: whether the actor had nothing else.
            node_left: whether its machine has left the cluster.

        Yields:
            Samples that it turns out to be due to.

        Raises:
            HarnessError: no single sample is to blame, and the batch ends every actor.
        """
        for batch in lot:
            if node_left:
                self._give_back(batch)
            elif id(batch) in self._trial_of:
                yield from self._judged(batch, is_guilty=True)
            elif not was_alone:
                self._suspects.append(batch)
            elif batch.index in self._tried:
                raise HarnessError(
                    f"Batch {batch.index} ends every actor that computes it, and none of its samples alone does. "
                    "Memory may be short: lower batch_size, or have fewer actors on a machine (a higher "
                    "executor.num_cpus)."
                )
            else:
                self._try(batch)

    def _give_back(self, batch: SampleBatch) -> None:
        self._losses[batch.index] = self._losses.get(batch.index, 0) + 1
        if self._losses[batch.index] > _MOST_LOSSES:
            raise HarnessError(
                f"Batch {batch.index} was lost {_MOST_LOSSES} times with machines that left the cluster. Finished "
                "work is kept; repeat the command when the cluster is stable."
            )
        if id(batch) in self._trial_of:
            self._tries.append(batch)
        else:
            self._returned.append(batch)

    def _try(self, batch: SampleBatch) -> None:
        self._tried.add(batch.index)
        trial = _Trial(batch, len(batch.rows))
        for offset, row in enumerate(batch.rows):
            single = replace(batch, places=batch.places[offset : offset + 1], rows=[row])
            self._trial_of[id(single)] = trial, offset
            self._tries.append(single)

    def _judged(self, single: SampleBatch, *, is_guilty: bool) -> Iterator[Finished]:
        trial, offset = self._trial_of.pop(id(single))
        trial.num_left -= 1
        if is_guilty:
            trial.guilty.append(offset)
        if trial.num_left:
            return
        guilty = sorted(trial.guilty)
        if guilty:
            yield _crashed(trial.batch, guilty, self._width)
        rest = [offset for offset in range(len(trial.batch.rows)) if offset not in guilty]
        if rest:
            rows = [trial.batch.rows[offset] for offset in rest]
            self._suspects.append(replace(trial.batch, places=trial.batch.places[rest], rows=rows))


def _crashed(batch: SampleBatch, offsets: list[int], width: int) -> Finished:
    unknown_s = [float("nan")] * len(offsets)
    return Finished(
        places=batch.places[offsets],
        outcome=["failed"] * len(offsets),
        reason=[str(Reason.CRASHED)] * len(offsets),
        vectors=np.empty((0, width)),
        prepare_s=unknown_s,
        forward_s=unknown_s,
    )
