"""What the time of inference was spent on, as seen by the process that runs the model, and by its workers."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.inference.executor import Finished


@dataclass
class TimeSpent:
    """Seconds, added up over models and conditions.

    Attributes:
        opening: until a model was open, and its workers had been started.
        waiting: for samples that workers prepare; without workers, preparing them.
        computing: in the model.
        preparing: what the samples took in the workers, of all workers together.
    """

    opening: float = 0.0
    waiting: float = 0.0
    computing: float = 0.0
    preparing: float = 0.0

    def timed(self, results: Iterable[Finished]) -> Iterator[Finished]:
        """The results as they come. What the model did while this process was busy otherwise is not counted."""
        start = time.perf_counter()
        for finished in results:
            took = time.perf_counter() - start
            computed = min(took, _known(finished.forward_s))
            self.computing += computed
            self.waiting += took - computed
            self.preparing += _known(finished.prepare_s)
            yield finished
            start = time.perf_counter()


def _known(seconds: Sequence[float]) -> float:
    return math.fsum(one for one in seconds if not math.isnan(one))
