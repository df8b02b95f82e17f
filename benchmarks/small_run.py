"""What a small run costs as a whole: processor seconds of `harness run` and of all its processes.

    python benchmarks/small_run.py [REPEATS]

Six simulated subjects, one run per modality, with the default settings and without tracking. Most of it is
start-up: imports in the main process and in the server of the workers. Linux only: this process adopts what the
run leaves behind, so that the workers are counted.
"""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress

SYSTEMS = {
    "simulated_faces": "fer_mini_xception",
    "simulated_voices": "voice_functionals_svm",
    "simulated_wearables": "wearable_stress",
}
COMMAND = "from harness.commands.main import main; main()"
PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for dataset, model in SYSTEMS.items():
        for _ in range(repeats):
            start, start_wall = processor_s(), time.perf_counter()
            main_s = run(dataset, model)
            all_s, wall_s = processor_s() - start, time.perf_counter() - start_wall
            print(f"{dataset:22}{main_s:8.2f} s in the main process{all_s:8.2f} s in all{wall_s:8.2f} s wall")


def run(dataset: str, model: str) -> float:
    """Run it, and wait for every process that it started. Processor seconds of the main process."""
    with tempfile.TemporaryDirectory() as folder:
        choices = ["dataset.subjects=6", "tracking.enabled=false", f"out={folder}/run"]
        command = [sys.executable, "-c", COMMAND, "run", f"dataset={dataset}", f"model={model}", *choices]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        with suppress(ChildProcessError):
            while True:
                os.wait()
    assert status == 0, f"harness run ended with {status}"
    return used.ru_utime + used.ru_stime


def processor_s() -> float:
    """Of all processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
