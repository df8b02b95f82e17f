"""Threads of an actor that have nothing to do sleep soon, instead of keeping a core busy.

By default those of OpenBLAS and OpenMP (GNU, Intel, LLVM) spin for 1 to 200 ms between two computations, which
takes cores from the workers that read and prepare, and from other systems on the machine. How many threads there
are stays the same, and with it the last bits of sums.
"""

from __future__ import annotations

import os

WAITING = {"OPENBLAS_THREAD_TIMEOUT": "4", "GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
"""Of GNU's the turns of a loop, as many as it takes itself where there are more threads than cores."""


def waiting_threads() -> dict[str, str]:
    """The variables of `WAITING`, unless this process was started with something else."""
    return {name: os.environ.get(name, value) for name, value in WAITING.items()}
