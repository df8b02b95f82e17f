"""What the time of inference was spent on, as seen by the process that runs the model, and by its workers."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.inference.beside import OWN_ARRAY
from harness.inference.executor import Finished


@dataclass
class TimeSpent:
    """Seconds, added up over models and conditions.

    Attributes:
        opening: until a model was open, and its workers had been started.
        waiting: for samples that workers prepare; without workers, preparing them.
        computing: in the model.
        preparing: what the samples took in the workers, of all workers together.
        reading: of `preparing`, until samples were opened, decoded, and under their condition.
        beside: waiting for what workers make besides (`harness.inference.beside`): as large a share of all waiting
            as of their time. It is no part of `waiting`.
    """

    opening: float = 0.0
    waiting: float = 0.0
    computing: float = 0.0
    preparing: float = 0.0
    reading: float = 0.0
    beside: float = 0.0

    def timed(self, results: Iterable[Finished]) -> Iterator[Finished]:
        """The results as they come. What the model did while this process was busy otherwise is not counted."""
        start = time.perf_counter()
        for finished in results:
            took = time.perf_counter() - start
            computed = min(took, _known(finished.forward_s))
            preparing, beside = _known(finished.prepare_s), _beside(finished)
            waited_beside = (took - computed) * beside / (preparing + beside) if beside else 0.0
            self.computing += computed
            self.waiting += took - computed - waited_beside
            self.beside += waited_beside
            self.preparing += preparing
            self.reading += math.fsum(finished.read_s)
            yield finished
            start = time.perf_counter()


def _known(seconds: Sequence[float]) -> float:
    return math.fsum(one for one in seconds if not math.isnan(one))


def _beside(finished: Finished) -> float:
    """Seconds in which workers made something besides the arrays that the model is given."""
    return _known(
        [
            made.seconds
            for by_name in finished.beside.values()
            for name, made in by_name.items()
            if name != OWN_ARRAY
        ]
    )
