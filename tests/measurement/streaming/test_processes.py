"""Tasks that are worked on in other processes, of which some die."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from harness.errors import HarnessError, error_code
from harness.measurement.streaming.processes import Processes
from harness.measurement.streaming.spans import HERE, Span, Stoppable
from harness.tables.scratch_file import ScratchFile


@pytest.fixture
def two() -> Iterator[Processes]:
    processes = Processes(2)
    yield processes
    processes.end()


def _square(number: int) -> tuple[int, int]:
    time.sleep(0.05 * (number == 0))
    return number**2, os.getpid()


def test_outcomes_come_in_the_order_of_the_tasks_from_other_processes(two: Processes) -> None:
    found = list(two(_square, iter(range(6))))
    assert [square for square, _ in found] == [0, 1, 4, 9, 16, 25]
    assert os.getpid() not in {process for _, process in found}
    assert {process for _, process in HERE(_square, range(3))} == {os.getpid()}
    later = {process for _, process in two(_square, range(6))}
    assert later <= {process for _, process in found}, "processes are not started anew for the next tasks"


def test_no_more_processes_are_started_than_there_are_tasks() -> None:
    many = Processes(50)
    assert [square for square, _ in many(_square, range(2))] == [0, 1]
    assert many._crew is not None
    assert len(many._crew._all) <= 2
    many.end()


def _refused(limit: int, number: int) -> int:
    if number >= limit:
        raise HarnessError(f"{number} is too large")
    return number


def test_an_error_of_another_process_arrives(two: Processes) -> None:
    with pytest.raises(HarnessError, match="3 is too large"):
        list(two(partial(_refused, 3), range(4)))


class _OddError(Exception):
    """Cannot be pickled and read again."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


class _LimitError(HarnessError):
    def __init__(self, first: str, second: str) -> None:
        super().__init__(f"{first} {second}")


def _raises(kind: type[Exception], _: int) -> None:
    raise kind("too", "large")


def test_an_error_that_does_not_survive_the_way_is_told_in_words(two: Processes) -> None:
    with pytest.raises(RuntimeError, match=r"^_OddError: too large") as caught:
        list(two(partial(_raises, _OddError), [0]))
    assert "in _raises" in "".join(caught.value.__notes__)
    with pytest.raises(HarnessError, match=r"^too large"):
        list(two(partial(_raises, _LimitError), [0]))


@dataclass(frozen=True)
class _Dying:
    """Notes the rows that it is called for; ends its process for those from 101 on, as often as is said."""

    folder: Path
    times: int

    def __call__(self, span: Span) -> int:
        called = self.folder / f"{span.first} {time.monotonic_ns()}"
        called.touch()
        if span.first == 100 and len(list(self.folder.glob("100 *"))) <= self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        return span.first


SPANS = [Span(first, (60, 40)) for first in range(0, 600, 100)]


def test_a_process_that_dies_is_replaced_and_its_task_alone_is_worked_on_again(tmp_path: Path) -> None:
    told: list[str] = []
    processes = Processes(2, told.append)
    assert list(processes(_Dying(tmp_path, 2), SPANS)) == [0, 100, 200, 300, 400, 500]
    processes.end()
    called = sorted(path.name.split()[0] for path in tmp_path.iterdir())
    assert called == ["0", "100", "100", "100", "200", "300", "400", "500"]
    died = "A process that counts rows 101 to 200 has died (SIGKILL); another one counts these again."
    assert told == [died, died]


def test_of_whom_processes_die_again_and_again_is_one_message(two: Processes, tmp_path: Path) -> None:
    expected = r"counts rows 101 to 200 has died \(SIGKILL\), like 2 before it\. Memory may be short: use fewer"
    with pytest.raises(HarnessError, match=expected):
        list(two(_Dying(tmp_path, 9), SPANS))
    assert len(list(tmp_path.glob("100 *"))) == 3


def test_processes_that_were_killed_while_they_had_nothing_to_do_are_replaced(two: Processes) -> None:
    before = {process for _, process in two(_square, range(6))}
    for process in before:
        os.kill(process, signal.SIGKILL)
    found = list(two(_square, range(6)))
    assert [square for square, _ in found] == [0, 1, 4, 9, 16, 25]
    assert not before & {process for _, process in found}


def _fills_the_disk(folder: Path, number: int) -> int:
    (folder / f"{number} {time.monotonic_ns()}").touch()
    if number == 2:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, resource.RLIM_INFINITY))
        ScratchFile().append(bytes(5_000))
    return number


def test_a_full_disk_is_one_message_and_nothing_is_tried_again(two: Processes, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="temporary rows cannot be written") as full:
        list(two(partial(_fills_the_disk, tmp_path), range(4)))
    assert error_code(full.value) == "table", "as where it is raised in this process"
    assert len(list(tmp_path.glob("2 *"))) == 1


def test_who_stops_asking_is_told_nothing() -> None:
    """As where the disk is full in this process, while others still count."""
    code = (
        "import time; from harness.measurement.streaming.processes import Processes\n"
        "found = Processes(2)(time.sleep, iter([0, 0.3, 0.3, 0.3]))\n"
        "next(found); found.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""


def _dies_while_it_answers(folder: Path, number: int) -> bytes:
    (folder / f"{number} {time.monotonic_ns()}").touch()
    if number == 1 and len(list(folder.glob("1 *"))) == 1:
        send = Connection._send  # type: ignore[attr-defined]

        def half(pipe: Connection, data: bytes) -> None:
            send(pipe, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)

        Connection._send = half  # type: ignore[attr-defined]
    return bytes([number]) * 1_000_000


def test_a_process_that_dies_while_it_sends_what_it_has_found_is_replaced(two: Processes, tmp_path: Path) -> None:
    found = list(two(partial(_dies_while_it_answers, tmp_path), range(4)))
    assert found == [bytes([number]) * 1_000_000 for number in range(4)]
    assert len(list(tmp_path.glob("1 *"))) == 2


def test_a_process_that_is_held_up_is_ended_as_well(two: Processes) -> None:
    """As by Ctrl-Z, a debugger, or a batch system that suspends jobs: it heeds no signal but one."""
    [(_, process)] = two(_square, [1])
    os.kill(process, signal.SIGSTOP)
    ending = threading.Thread(target=two.end, daemon=True)
    ending.start()
    ending.join(20)
    is_over = not ending.is_alive()
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    assert is_over


def test_a_process_that_cannot_be_started_is_one_message() -> None:
    code = (
        "import os, resource; from harness.errors import HarnessError\n"
        "from harness.measurement.streaming.processes import Processes, _keep_interrupts\n"
        "list(Processes(2)(abs, [1]))\n"
        "few = len(os.listdir('/proc/self/fd')) + 3\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (few, few))\n"
        "try: list(Processes(2)(abs, [1]))\n"
        "except HarnessError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("A process that counts cannot be started (Too many open files). Use")
    assert done.stderr == ""


def test_without_a_working_folder_no_process_is_started_and_that_is_said(tmp_path: Path) -> None:
    code = (
        "import os; from harness.errors import HarnessError\n"
        "from harness.measurement.streaming.processes import Processes\n"
        "os.rmdir(os.getcwd())\n"
        "try: list(Processes(2)(abs, [1]))\n"
        "except HarnessError as error: print(error)"
    )
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=gone, capture_output=True, text=True, timeout=60, check=False
    )
    assert "the working folder was deleted. Go to another one" in done.stdout
    assert done.stderr == ""


def test_where_there_is_no_room_for_more_threads_that_is_said(
    two: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", none_left)
    with pytest.raises(HarnessError, match=r"no room .* \(can't start new thread\)\. Use fewer workers") as error:
        list(two(_square, range(2)))
    assert error_code(error.value) == "measuring"


def test_what_is_stopped_by_another_thread_ends_at_once(two: Processes) -> None:
    stoppable = Stoppable(two)
    found = stoppable(time.sleep, iter([0, 300, 300]))
    next(found)
    threading.Timer(0.2, stoppable.end).start()
    start = time.monotonic()
    with pytest.raises(HarnessError, match="stopped"):
        next(found)
    assert time.monotonic() - start < 30


_WAITING = """
import os, sys, time
from harness.measurement.streaming.processes import Processes

def who(seconds):
    print(os.getpid(), flush=True)
    time.sleep(seconds)

list(Processes(2)(who, [float(seconds) for seconds in sys.argv[1:]]))
"""


def _waiting(*seconds: str) -> tuple[subprocess.Popen[str], list[int]]:
    """A program with two processes that have told who they are."""
    command = [sys.executable, "-c", _WAITING, *seconds]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert program.stdout is not None
    return program, [int(program.stdout.readline()) for _ in seconds]


def _require_gone(processes: list[int], within_s: float) -> None:
    end = time.monotonic() + within_s
    while (left := [process for process in processes if _is_alive(process)]) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


def _is_alive(process: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_ctrl_c_ends_all_and_is_for_the_program_alone() -> None:
    program, processes = _waiting("300", "300")
    os.killpg(program.pid, signal.SIGINT)
    _, printed = program.communicate(timeout=30)
    assert printed.count("Traceback") == 1
    assert printed.rstrip().endswith("KeyboardInterrupt")
    _require_gone(processes, 1)


def test_processes_end_after_the_program_was_killed() -> None:
    """One is idle then, one has just something to do."""
    program, processes = _waiting("0", "1.5")
    program.kill()
    program.communicate(timeout=30)
    _require_gone(processes, 10)
