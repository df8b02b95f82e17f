"""The process that sends a run: it is there before there is something to send, and nowhere afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from harness.tracking import delivery
from harness.tracking.delivery import Delivery, NotDeliveredError, Sender, deliver

NOTHING = Delivery(
    uri="http://127.0.0.1:9",
    experiment="trial",
    key=("key", "value"),
    name="run",
    tags={},
    started_ms=0,
    finished_ms=0,
    metrics={},
    parameters={},
)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that are started."""
    processes: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*given: Any, **named: Any) -> subprocess.Popen[str]:
        processes.append(popen(*given, **named))
        return processes[-1]

    monkeypatch.setattr(delivery.subprocess, "Popen", start)
    return processes


def test_one_that_has_nothing_to_send_ends_with_its_block(started: list[subprocess.Popen[str]]) -> None:
    with Sender() as sender:
        sender.start("http://127.0.0.1:9")
        sender.start("http://127.0.0.1:9")
        assert started[0].poll() is None
    assert [process.returncode for process in started] == [-signal.SIGKILL]


def test_what_a_database_needs_is_imported_for_a_database_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []

    class Started:
        def __init__(self, command: list[str], **_: Any) -> None:
            commands.append(command)
            raise OSError("no more processes")

    monkeypatch.setattr(delivery.subprocess, "Popen", Started)
    with Sender() as sender:
        for uri in (None, "sqlite:////data/mlflow.db", "https://mlflow.example"):
            sender.start(uri)  # that it cannot be started is no reason to stop a run that is being measured
    modules = [command[command.index("harness.tracking.sender") + 1 :] for command in commands]
    assert modules == [[delivery.CLIENT, delivery.CLIENT_OF_DATABASE]] * 2 + [[delivery.CLIENT]]


def test_without_a_request_it_ends_and_writes_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-P", "-m", "harness.tracking.sender", "no.such.module"]
    ended = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("folder", ["run", "a folder with spaces", "Ordner für Läufe"])
@pytest.mark.usefixtures("forked_sender")
def test_its_folder_may_have_any_name(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    with pytest.raises(NotDeliveredError, match="the server does not answer"), Sender() as sender:
        deliver(sender, NOTHING, tmp_path / folder, 20.0)


def test_one_that_was_killed_meanwhile_is_reported(started: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    with Sender() as sender:
        sender.start("http://127.0.0.1:9")
        started[0].kill()
        with pytest.raises(NotDeliveredError, match=r"ended without an answer \(exit code -9\)"):
            deliver(sender, NOTHING, tmp_path, 20.0)


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of processes")
def test_a_command_that_is_killed_leaves_none() -> None:
    code = (
        "from harness.tracking.delivery import Sender\n"
        "with Sender() as sender:\n"
        "    sender.start('http://127.0.0.1:9')\n"
        "    print(sender._process.pid, flush=True)\n"
        "    input()\n"
    )
    command = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with command:
        assert command.stdout is not None
        words = Path(f"/proc/{int(command.stdout.readline())}/cmdline")
        assert words.read_bytes()
        os.kill(command.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while words.exists() and words.read_bytes():  # one that has ended and is not waited for has none
        assert time.monotonic() < deadline
        time.sleep(0.05)
