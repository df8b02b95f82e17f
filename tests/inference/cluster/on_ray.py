"""``on_ray.py JOURNAL OUTPUT OPTIONS BEHAVIOUR…``: a run of the toy that can be killed, and what its actors read.

OPTIONS is JSON: settings of the run, and ``read``, a file that gets a line for every sample that is read. Writes
the fingerprint of the answers at the end, and prints what the executor told.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import toy

from harness.datasets.reader import Sample
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.signals.media import Media


@dataclass(frozen=True)
class Noting:
    """The toy's load, which leaves a line for each sample that it reads."""

    path: str

    def __call__(self, sample: Sample) -> Media:
        line = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(line, f"{sample['sample_id']}\n".encode())
        os.close(line)
        return toy.load(sample)


class PoisonedModel(toy.ToyModel):
    """Takes its process along when it is given a sample of number 5, as a fault in native code would."""

    forward_s = 0.01

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        poison = np.sin(np.arange(8) * 6).astype(np.float32)
        if any(np.array_equal(array, poison) for array in batch):
            os._exit(1)
        return super().forward(batch)


class BrokenModel(toy.ToyModel):
    """Fails at every batch."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        raise ValueError("no such layer")


KINDS = {"poisoned": PoisonedModel, "broken": BrokenModel}


def main() -> None:
    journal, output, options, *behaviours = sys.argv[1:]
    chosen = {"batch_size": 4, "flush_s": 0.0, "timeout_s": 30.0, **json.loads(options)}
    read = chosen.pop("read", None)
    model = next((kind() for name, kind in KINDS.items() if chosen.pop(name, False)), toy.ToyModel())
    model.forward_s = chosen.pop("forward_s", 0.005)
    collected = collect(
        toy.toy_samples(behaviours),
        Noting(read) if read else toy.load,
        model,
        journal=Path(journal),
        plan_hash=toy.PLAN,
        settings=InferenceSettings(**chosen, tell=lambda text: print(text, flush=True)),
    )
    Path(output).write_bytes(toy.fingerprint(collected.vectors()))


if __name__ == "__main__":
    import on_ray  # under its own name, by which actors and their workers find what it defines

    on_ray.main()
