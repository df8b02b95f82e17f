"""What a cluster costs and gains: the same samples on one machine and with 1, 2, 4 actors of a local Ray cluster.

    python benchmarks/scale.py [--sizes 1000,10000,100000] [--actors 1,2,4] [--work-ms 0.0] [--repeats 3]

Reading keeps a processor busy for `--work-ms` for each sample, as decoding does; with 0, and a model that is one
small matrix product, nearly all the time is the harness's and Ray's. On both sides one process reads for each
model. The clock starts when the first samples are finished; what comes before is `opening`. Besides samples per
second by the clock, it prints the processor time per sample of all processes together, Ray's included, which other
work on the machine does not change much. `--killed N` says what a run that is killed at half computes twice.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import scale_model
from figures import take_down

from harness.inference.cluster.ray_cluster import connect
from harness.inference.cluster.ray_options import RayOptions
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings

BATCH = 32
PLAN = "0" * 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--actors", default="1,2,4")
    parser.add_argument("--work-ms", type=float, default=0.0)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--killed", type=int, default=0, help="samples of a run that is killed at half")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        once(**json.loads(arguments.child))
        return
    print(
        f"{len(os.sched_getaffinity(0))} cores, load {os.getloadavg()[0]:.1f}, {arguments.work_ms:g} ms per sample"
    )
    print("| samples | | samples / s | of local | µs, all | µs, driver | opening, s | MiB, driver | same bytes |")
    print("|---|---|---|---|---|---|---|---|---|")
    for size in map(int, filter(None, arguments.sizes.split(","))):
        compare(size, [int(one) for one in arguments.actors.split(",")], arguments)
    if arguments.killed:
        print(killed(arguments.killed, arguments.work_ms))


def compare(size: int, actors: list[int], arguments: argparse.Namespace) -> None:
    """One table: this machine alone, and each number of actors, taking turns."""
    sides: dict[int, list[dict[str, Any]]] = {number: [] for number in (0, *actors)}
    for _ in range(arguments.repeats):
        for number, found in sides.items():
            found.append(child(size=size, actors=number, work_ms=arguments.work_ms))
    local_s = statistics.median(one["seconds"] for one in sides[0])
    for number, found in sides.items():
        seconds, opening, all_us, driver_us, mib = (
            statistics.median(one[name] for one in found)
            for name in ("seconds", "opening", "all_us", "driver_us", "peak_mib")
        )
        same = {one["digest"] for one in found} == {sides[0][0]["digest"]}
        side = f"ray, {number} actors" if number else "local"
        rate, local_rate = (size / one for one in (seconds, local_s))
        print(
            f"| {size:,} | {side} | {rate:,.0f} | {rate / local_rate:.2f} | {all_us:,.0f} | {driver_us:,.0f} | "
            f"{opening:.1f} | {mib:,.0f} | {'yes' if same else 'NO'} |",
            flush=True,
        )
        if number:
            take_down(f"{size:,} samples, {side}: samples / s", rate, "local", local_rate)


def child(**options: Any) -> dict[str, Any]:
    """One run in a process of its own, so that memory and Ray are its own."""
    command = [sys.executable, __file__, "--child", json.dumps(options)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def once(size: int, actors: int, work_ms: float, journal: str | None = None, address: str = "local") -> None:
    """Run, and print what it took as JSON. Actors are open before the clock starts."""
    samples = scale_model.samples(size)
    clock = scale_model.Clock()
    options = {"actors": actors, "num_cpus": 1, "address": address} if actors else {}
    if actors:
        connect(RayOptions(actors=actors, address=address))
    settings = InferenceSettings(
        batch_size=BATCH, workers=1, executor="ray" if actors else "local", executor_options=options
    )
    folder = tempfile.TemporaryDirectory()
    start = time.perf_counter()
    collected = collect(
        samples,
        scale_model.Reading(work_ms),
        scale_model.Product(),
        journal=Path(journal or folder.name),
        plan_hash=PLAN,
        settings=settings,
        progress=clock,
    )
    num_after = size - clock.first_done
    digest = scale_model.digest(collected)
    print(
        json.dumps(
            {
                "seconds": (clock.last.at - clock.first.at) * size / num_after,
                "opening": clock.first.at - start,
                "all_us": 1e6 * (clock.last.of_all - clock.first.of_all) / num_after,
                "driver_us": 1e6 * (clock.last.of_driver - clock.first.of_driver) / num_after,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "digest": digest,
            }
        )
    )
    folder.cleanup()


def killed(size: int, work_ms: float) -> str:
    """A run with two actors that is killed when half is in the journal, and finished by this machine alone."""
    with tempfile.TemporaryDirectory() as folder:
        read = Path(folder) / "read"
        os.environ[scale_model.READ] = str(read)
        options = {"size": size, "actors": 2, "work_ms": work_ms, "journal": f"{folder}/journal"}
        command = [sys.executable, __file__, "--child", json.dumps(options)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not read.is_file() or read.stat().st_size < size / 2:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        time.sleep(2.0)  # actors end with the run
        before = read.stat().st_size
        child(**{**options, "actors": 0})
        del os.environ[scale_model.READ]
        total = read.stat().st_size
    return f"{size:,} samples, killed after {before:,} were read: {total / size:.4f} passes in all"


if __name__ == "__main__":
    np.seterr(all="raise")
    main()
