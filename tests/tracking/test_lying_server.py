"""Whatever a server answers, the attempt ends in time with one message, and the run stays whole on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from forked_python import python
from lying_server import ANSWERS, lying

from harness.errors import HarnessError
from harness.tracking.track_run import track

TIMEOUT_S = 6.0
pytestmark = pytest.mark.usefixtures("forked_sender")


@pytest.fixture
def out(study: Any, write_run: Callable[[Any, Path], Path], tmp_path: Path) -> Path:
    return write_run(study, tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ANSWERS)
def test_the_attempt_ends_in_time_with_one_message(kind: str, out: Path) -> None:
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with lying(kind) as server:
        begin = time.monotonic()
        with pytest.raises(HarnessError) as failure:
            track(out, uri=server.uri, timeout_s=TIMEOUT_S)
        assert time.monotonic() - begin < TIMEOUT_S + 10  # what is sent is made before
        assert not server.runs
    assert str(failure.value).startswith(f"MLflow at {server.uri} did not accept the run: ")
    assert "\n" not in str(failure.value)
    assert len(str(failure.value)) < 500
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "timeout_s"),
    [
        *(("takes no values", 40), ("takes no files", 40), ("made the run, says it failed", 40)),
        ("keeps the files waiting", 15),  # until the time is over
    ],
)
def test_a_run_that_was_begun_is_taken_back(kind: str, timeout_s: float, out: Path) -> None:
    with lying(kind) as server:
        with pytest.raises(HarnessError, match="did not accept"):
            track(out, uri=server.uri, timeout_s=timeout_s)
        assert server.num_made == 1
        assert not server.runs


def test_what_arrived_although_the_server_denied_it_is_not_sent_again(out: Path) -> None:
    with lying("finished the run, says it failed") as server:
        with pytest.raises(HarnessError, match="did not accept"):
            track(out, uri=server.uri, timeout_s=60)
        assert track(out, uri=server.uri, timeout_s=60).run_id in server.runs
        assert server.num_made == 1
    assert json.loads((out / "tracking.json").read_text())["run_id"] in server.runs


def test_the_command_ends_with_2(out: Path) -> None:
    command = ["-m", "harness.commands.main", "track", str(out), "--timeout", "60"]
    with lying("too many requests") as server:
        ended = python(*command, "--uri", server.uri)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines() == [
        f"Error [tracking]: MLflow at {server.uri} did not accept the run: the server does not answer."
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "to_all"), [(signal.SIGTERM, False), (signal.SIGINT, False), (signal.SIGINT, True)]
)
def test_a_command_that_is_stopped_takes_back_what_it_has_begun(number: int, to_all: bool, out: Path) -> None:
    command = [sys.executable, "-m", "harness.commands.main", "track", str(out), "--timeout", "60"]
    with lying("keeps the files waiting") as server:
        process = subprocess.Popen([*command, "--uri", server.uri], start_new_session=True)
        while not server.runs:
            time.sleep(0.02)
        (os.killpg if to_all else os.kill)(process.pid, number)
        begin = time.monotonic()
        process.wait()
        assert time.monotonic() - begin < 5
        assert server.num_made == 1
        assert not server.runs


@pytest.mark.slow
def test_the_process_of_a_killed_command_ends_by_itself(out: Path) -> None:
    command = [sys.executable, "-m", "harness.commands.main", "track", str(out), "--timeout", "6"]
    with lying("nothing") as server:
        process = subprocess.Popen([*command, "--uri", server.uri])
        while not server.asked:
            time.sleep(0.05)
        process.kill()
        process.wait()
        deadline = time.monotonic() + 10
        while (left := _senders(server.uri, out)) and time.monotonic() < deadline:
            time.sleep(0.1)
    assert not left


def _senders(uri: str, out: Path) -> list[str]:
    """The processes that still have a connection to this server's port."""
    port = f"{int(uri.rpartition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return [line for line in lines if line.split()[2].endswith(f":{port}") and line.split()[3] == "01"]
