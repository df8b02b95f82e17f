"""Runs that are killed, really: whatever the moment, the same command ends with the same bytes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

BEHAVIOURS = [*["slow"] * 30, "abstain", "broken", "nan", *["slow"] * 60, "kill", *["slow"] * 26]


def start(
    journal: Path, output: Path, workers: int, flush_s: float, behaviours: list[str]
) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, toy.__file__, str(journal), str(output), str(workers), str(flush_s), *behaviours]
    return subprocess.Popen(
        command, env=environment, start_new_session=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )


def session(leader: int) -> set[int]:
    """The living processes of a session, from /proc; zombies do not count."""
    members = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            members.add(int(stat.parent.name))
    return members


def wait_until(holds: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("uninterrupted")
    collected = toy.run(folder, toy.toy_samples(BEHAVIOURS), workers=2)
    assert collected.vectors().reason[93] == "crashed"
    return toy.fingerprint(collected.vectors())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again_with_changing_workers(tmp_path: Path, uninterrupted: bytes, seed: int) -> None:
    rng = random.Random(seed)
    journal, output = tmp_path / "journal", tmp_path / "output"
    grown = []
    for _kill in range(4):
        process = start(journal, output, rng.choice([1, 2, 3]), rng.choice([0.0, 0.1]), BEHAVIOURS)
        before = len(list(journal.glob("shard-*")))
        wait_until(lambda known=before: len(list(journal.glob("shard-*"))) > known + rng.choice([0, 1, 2]), 10.0)
        time.sleep(rng.random() * 0.05)
        process.kill()
        process.communicate()
        grown.append(len(list(journal.glob("shard-*"))) - before)
    assert max(grown) > 0
    last = start(journal, output, rng.choice([1, 3]), 2.0, BEHAVIOURS)
    last.communicate()
    assert last.returncode == 0
    assert output.read_bytes() == uninterrupted


def test_no_worker_outlives_a_killed_parent(tmp_path: Path) -> None:
    process = start(tmp_path / "journal", tmp_path / "output", 2, 0.0, ["ok"] * 8 + ["hang"] * 40)
    assert wait_until(lambda: len(list((tmp_path / "journal").glob("shard-*"))) >= 2, 20.0)
    assert len(session(process.pid)) >= 3
    process.kill()
    process.communicate()
    assert wait_until(lambda: not session(process.pid), 5.0), session(process.pid)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, -signal.SIGINT), (signal.SIGTERM, 143)])
def test_an_interrupted_run_keeps_what_is_finished_and_leaves_no_process(
    tmp_path: Path, number: signal.Signals, code: int
) -> None:
    journal = tmp_path / "journal"
    process = start(journal, tmp_path / "output", 2, 1000.0, ["ok"] * 8 + ["hang"] * 40)
    assert wait_until(lambda: len(session(process.pid)) >= 4, 20.0)
    time.sleep(1.0)  # the eight sound samples are through; nothing is due to be written
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    assert process.stderr is not None
    process.communicate(timeout=10)
    assert process.returncode == code
    assert len(list(journal.glob("shard-*"))) == 1
    assert wait_until(lambda: not session(process.pid), 5.0), session(process.pid)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_worker_that_is_killed_from_outside_costs_no_sample(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    behaviours = ["slow"] * 400
    journal, output = tmp_path / "journal", tmp_path / "output"
    process = start(journal, output, 3, 0.0, behaviours)
    assert wait_until(lambda: len(list(journal.glob("shard-*"))) > rng.choice([0, 5, 10]), 20.0)
    workers = [one for one in session(process.pid) if one != process.pid and shares_memory(one)]
    os.kill(rng.choice(workers), signal.SIGKILL)
    _, told = process.communicate()
    assert process.returncode == 0, told.decode()
    undisturbed = toy.run(tmp_path / "undisturbed", toy.toy_samples(behaviours), workers=1)
    assert output.read_bytes() == toy.fingerprint(undisturbed.vectors())


def shares_memory(process: int) -> bool:
    """Whether it is a worker, the parent apart: the server from which workers fork has no such memory."""
    return "memfd:harness-batches" in Path(f"/proc/{process}/maps").read_text()
