"""The process that sends a run: it is there before there is something to send, and nowhere afterwards."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from harness.files import write_json
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


@pytest.mark.slow
def test_the_working_folder_may_be_gone(store: str, tmp_path: Path) -> None:
    gone, sent = tmp_path / "gone", tmp_path / "sent"
    gone.mkdir()
    (sent / delivery.ARTIFACTS).mkdir(parents=True)
    code = (
        "import os, sys; from pathlib import Path\n"
        "from harness.tracking.delivery import Delivery, Sender, deliver\n"
        "os.rmdir(os.getcwd())\n"
        "folder = Path(sys.argv[1])\n"
        "with Sender() as sender: print(deliver(sender, Delivery.read(folder), folder, 60.0))"
    )
    write_json(asdict(replace(NOTHING, uri=store)), sent / delivery.REQUEST)
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(sent)], cwd=gone, capture_output=True, text=True, check=False
    )
    assert "run_id" in done.stdout, done.stderr


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


def test_its_folder_is_found_whatever_encoding_python_is_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    folder = tmp_path / os.fsdecode("Läufe \udcff\n".encode(errors="surrogateescape"))
    folder.mkdir()
    with pytest.raises(NotDeliveredError, match="the server does not answer"), Sender() as sender:
        deliver(sender, NOTHING, folder, 60.0)


def test_in_the_place_of_one_that_was_killed_meanwhile_there_is_another(
    started: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    with Sender() as sender:
        sender.start("http://127.0.0.1:9")
        started[0].kill()
        started[0].wait()
        with pytest.raises(NotDeliveredError, match="the server does not answer"):
            deliver(sender, NOTHING, tmp_path, 60.0)
    assert len(started) == 2


class _Doing(subprocess.Popen[bytes]):
    """A process that does something else, and what happens while one waits for it."""

    code = ""
    happens: BaseException | None = None

    def __init__(self, _: Any, **named: Any) -> None:
        super().__init__([sys.executable, "-c", self.code], **named)

    def communicate(self, given: Any = None, timeout: float | None = None) -> Any:
        if self.happens is None:
            return super().communicate(given, timeout)
        while not Path(os.fsdecode(given.split(b" ", 2)[2]), "there").exists():
            time.sleep(0.01)
        raise self.happens


def test_one_that_dies_while_it_sends_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery.subprocess, "Popen", _Doing)
    monkeypatch.setattr(_Doing, "code", "import os, sys; sys.stdin.read(); os.kill(os.getpid(), 9)")
    with pytest.raises(NotDeliveredError, match=r"ended without an answer \(exit code -9\)"), Sender() as sender:
        deliver(sender, NOTHING, tmp_path, 20.0)


@pytest.mark.parametrize(
    ("happens", "raised", "patience_s"),
    [
        (SystemExit(143), SystemExit, delivery.TAKING_BACK_S),
        (KeyboardInterrupt(), KeyboardInterrupt, delivery.TAKING_BACK_S),
        (subprocess.TimeoutExpired("sender", 1.0), NotDeliveredError, 0),  # its own time for that is over
    ],
)
def test_nothing_is_sent_any_more_when_its_folder_is_removed(
    happens: BaseException,
    raised: type[BaseException],
    patience_s: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heeds_nothing = "import pathlib, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    heeds_nothing += f"pathlib.Path({str(tmp_path / 'there')!r}).touch(); signal.pause()"
    processes = []

    class Deaf(_Doing):
        code = heeds_nothing

        def __init__(self, command: Any, **named: Any) -> None:
            super().__init__(command, **named)
            processes.append(self)

    Deaf.happens = happens
    monkeypatch.setattr(delivery.subprocess, "Popen", Deaf)
    with Sender() as sender:
        sender.start(NOTHING.uri)
        while not (tmp_path / "there").exists():
            time.sleep(0.01)
        begin = time.monotonic()
        with pytest.raises(raised):
            deliver(sender, NOTHING, tmp_path, 20.0)
        assert processes[0].returncode == -signal.SIGKILL  # before the block ends, and with it the folder
        assert patience_s <= time.monotonic() - begin < patience_s + 10


def test_where_no_process_can_be_started_the_run_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: Any, **__: Any) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(delivery.subprocess, "Popen", none_left)
    with pytest.raises(NotDeliveredError, match=r"cannot be started .*ulimit -u"), Sender() as sender:
        deliver(sender, NOTHING, tmp_path, 20.0)


def test_the_time_for_importing_counts(tmp_path: Path) -> None:
    write_json(asdict(NOTHING), tmp_path / delivery.REQUEST)
    command = [sys.executable, "-P", "-m", "harness.tracking.sender"]
    asked = f"60 {time.clock_gettime(time.CLOCK_MONOTONIC) + 0.1} {tmp_path}"
    subprocess.run(command, input=asked.encode(), check=True)
    answer = json.loads((tmp_path / delivery.ANSWER).read_text())
    assert answer == {"error": delivery.not_in_time(60)}


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
        process = Path(f"/proc/{int(command.stdout.readline())}")
        assert _is_running(process)
        os.kill(command.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _is_running(process):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_running(process: Path) -> bool:
    """Whether it is there and has not ended, even if nobody has waited for it yet."""
    try:
        return (process / "stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False
