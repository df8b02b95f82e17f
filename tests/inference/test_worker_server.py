"""The process from which workers fork, started ahead of them; each test in a process that has none yet."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import toy

STATE = """
import os, signal
from multiprocessing import forkserver
from pathlib import Path

def state():
    process = forkserver._forkserver._forkserver_pid
    if process is None:
        return "no server"
    status = dict(line.split(":", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines())
    blocked = bool(int(status["SigBlk"], 16) >> (signal.SIGINT - 1) & 1)
    return f"server, interrupts blocked: {blocked}"
"""

AHEAD = """
import signal, time
import numpy as np
import toy
from harness.inference.pool import prepared_batches
from harness.inference.preparation import SampleBatch
from harness.inference.worker_server import start_server

print(state())
start_server(toy.load, toy.prepare)
print(state())
print(signal.pthread_sigmask(signal.SIG_BLOCK, []))
server = forkserver._forkserver._forkserver_pid
rows = toy.toy_samples(["ok"] * 3).to_pylist()
batches = [SampleBatch(0, np.arange(3), rows)]
with prepared_batches(batches, toy.load, toy.prepare, workers=2, timeout_s=30.0) as ready:
    print(len(next(iter(ready)).samples))
print(server == forkserver._forkserver._forkserver_pid)
"""

GONE = """
import toy
from harness.errors import HarnessError
from harness.inference.worker import Worker
from harness.inference.worker_server import pickled_job, start_server

os.rmdir(os.getcwd())
for start in (
    lambda: start_server(toy.load, toy.prepare),
    lambda: Worker(pickled_job(toy.load, toy.prepare), 30.0).prepare(toy.toy_samples(["ok"]).to_pylist()),
):
    try:
        start()
    except HarnessError as error:
        print(error)
print(state())
"""

LISTING = """
from harness.datasets.simulated.wearables import SimulatedWearablesReader
import harness

listed = SimulatedWearablesReader.samples

def samples(reader):
    print(state())
    return listed(reader)

SimulatedWearablesReader.samples = samples
harness.run(
    "simulated_wearables", "{model}", out="run", workers={workers}, device="cpu", baselines=[],
    dataset_options={{"subjects": 4, "samples_per_class": 2}}, checks={{"enabled": False}},
    measure={{"resamples": 100, "permutations": 100}},
)
"""


def said(script: str, folder: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(toy.__file__).parent), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-c", STATE + script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_workers_fork_from_the_server_that_was_started_ahead(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group: it is for the parent alone, which goes on listening to it."""
    assert said(AHEAD, tmp_path) == ["no server", "server, interrupts blocked: True", "set()", "3", "True"]


def test_without_a_working_folder_it_is_not_started_and_that_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    *errors, last = said(GONE, gone)
    assert len(errors) == 2
    assert all("the working folder was deleted. Go to another one" in error for error in errors)
    assert last == "no server"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "workers", "expected"),
    [
        ("wearable_stress", 2, "server, interrupts blocked: True"),
        ("wearable_stress", 0, "no server"),
        ("majority", 2, "no server"),
    ],
)
def test_it_is_started_before_samples_are_listed_where_there_will_be_workers(
    tmp_path: Path, model: str, workers: int, expected: str
) -> None:
    assert said(LISTING.format(model=model, workers=workers), tmp_path)[0] == expected
