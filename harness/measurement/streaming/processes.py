"""Processes of this machine that work on tasks; one that dies is replaced, and its task is worked on again.

Each is given one task at a time over a pipe of its own. So it is known of which task it has died, and the others
work on.
"""

from __future__ import annotations

import errno
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import Pipe, resource_tracker
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from harness.errors import HarnessError, signal_name

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")

_TRIES = 3
"""Times that a task is worked on, as long as its process dies of it."""

_LIMITS = {errno.EMFILE, errno.ENFILE, errno.EAGAIN}
"""Of open files and of processes."""


def _tell_nobody(_: str) -> None:
    """Where nobody wants to know."""


@dataclass
class Processes:
    """Works on several tasks at a time, in processes of this machine.

    Attributes:
        num_workers: how many.
        tell: is told of every process that has died.
    """

    num_workers: int
    tell: Callable[[str], None] = field(default=_tell_nobody, compare=False)
    is_elsewhere: ClassVar[bool] = True
    _crew: _Crew | None = field(default=None, init=False, compare=False, repr=False)

    def __call__(self, function: Callable[[Task], Outcome], tasks: Iterable[Task]) -> Iterator[Outcome]:
        """See `harness.measurement.streaming.spans.Spread`.

        Raises:
            HarnessError: processes die of one task again and again, or cannot be started.
        """
        crew = self._crew = self._crew or _Crew(self.num_workers, self.tell)
        waiting: deque[Future[Any]] = deque()
        with ThreadPoolExecutor(self.num_workers, initializer=_keep_interrupts) as threads:
            try:
                for task in tasks:
                    waiting.append(_submitted(threads, partial(crew.work, function, task)))
                    if len(waiting) > self.num_workers * 3 // 2:  # those that wait have their task in memory
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            except BaseException:
                for future in waiting:
                    future.cancel()
                self.end()
                raise

    def end(self) -> None:
        """End the processes, whatever they do; may be called by another thread. Later tasks get new ones."""
        crew, self._crew = self._crew, None
        if crew is not None:
            crew.end()


class _Crew:
    """Processes, started when there is something to do for them."""

    def __init__(self, num_workers: int, tell: Callable[[str], None]) -> None:
        from joblib import cpu_count

        threads = str(max(1, cpu_count() // num_workers))
        self._env = {"OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", threads)}
        self._tell = tell
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._is_ended = False

    def work(self, function: Callable[[Any], Any], task: Any) -> Any:
        """The outcome of a task, by a process that is idle or new."""
        tried = 0
        while True:
            process = self._taken()
            try:
                outcome = process.work(function, task)
            except _DiedError as error:
                tried += 1
                self._lost(process, f"A process that counts {task} has died ({error})", tried)
            else:
                with self._lock:
                    self._idle.append(process)
                return outcome

    def end(self) -> None:
        """End all of them, and start no more."""
        with self._lock:
            self._is_ended = True
        for process in list(self._all):
            process.end()

    def _taken(self) -> _Process:
        with self._lock:
            self._require_going_on()
            if self._idle:
                return self._idle.pop()
            process = _Process(self._env)
            self._all.add(process)
            return process

    def _lost(self, process: _Process, what: str, tried: int) -> None:
        with self._lock:
            self._require_going_on()
            self._all.remove(process)
        if tried == _TRIES:
            raise HarnessError(
                f"{what}, like {tried - 1} before it. Memory may be short: use fewer workers (one is the command "
                "itself), or free memory."
            )
        self._tell(f"{what}; another one counts these again.")

    def _require_going_on(self) -> None:
        if self._is_ended:
            raise HarnessError("Counting was stopped.")


class _DiedError(Exception):
    """A process has died: how."""


class _Process:
    """One process, which is given one task after another."""

    def __init__(self, env: Mapping[str, str]) -> None:
        from joblib.externals.loky.backend import get_context

        self._pipe, its_end = Pipe()
        self._process = get_context("loky").Process(target=_serve, args=(its_end,), env=env, daemon=True)
        try:
            self._process.start()
        except (OSError, UnboundLocalError) as error:  # the latter where joblib has no file left for a pipe
            why = error if isinstance(error, OSError) else error.__context__
            if isinstance(why, FileNotFoundError) and _is_working_folder_gone():
                raise HarnessError(
                    "A process that counts cannot be started: the working folder was deleted. Go to another one "
                    "and repeat the command."
                ) from None
            if not isinstance(why, OSError) or why.errno not in _LIMITS:
                raise
            raise HarnessError(
                f"A process that counts cannot be started ({why.strerror}). Use fewer workers, or raise the "
                "limits of open files and processes (ulimit -n, ulimit -u)."
            ) from None
        finally:
            its_end.close()

    def work(self, function: Callable[[Any], Any], task: Any) -> Any:
        """The outcome of a task.

        Raises:
            _DiedError: there is none.
            Exception: what the function raises.
        """
        from joblib.externals.loky.backend.reduction import dumps

        asked = dumps((function, task))
        try:
            self._pipe.send_bytes(asked)
            said = self._pipe.recv_bytes()
        except (EOFError, OSError):  # the latter of half an outcome
            self._process.join()
            code = self._process.exitcode or 0
            raise _DiedError(signal_name(-code) if code < 0 else f"exit code {code}") from None
        return pickle.loads(said)()  # noqa: S301 (from a process that this one has started)

    def end(self) -> None:
        """End it, whatever it does: a process that is stopped heeds no other signal."""
        if self._process.exitcode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()


def _submitted(threads: ThreadPoolExecutor, work: Callable[[], Outcome]) -> Future[Outcome]:
    try:
        return threads.submit(work)
    except RuntimeError as error:
        raise HarnessError(
            f"There is no room for so many processes that count ({error}). Use fewer workers, or raise the limits "
            "of memory and processes (ulimit -v, ulimit -u)."
        ) from None


def _is_working_folder_gone() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _serve(pipe: Connection) -> None:
    """What the process does: work on tasks for as long as the one that gives them lives."""
    with suppress(EOFError, OSError):
        while True:
            pipe.send_bytes(_said(pipe.recv_bytes()))


def _said(asked: bytes) -> bytes:
    """What a task gives, pickled: a function that returns the outcome or raises the error."""
    try:
        function, task = pickle.loads(asked)  # noqa: S301 (from the process that has started this one)
        return pickle.dumps(partial(_given, function(task)), pickle.HIGHEST_PROTOCOL)
    except HarnessError as error:
        return _sent_back(HarnessError.sent(error))
    except Exception as error:
        return _sent_back(error)


def _sent_back(error: Exception) -> bytes:
    told = "".join(traceback.format_exception(error))
    in_words = RuntimeError(f"{type(error).__name__}: {error}")  # of other packages some do not survive it either
    for one in (error, in_words):
        one.add_note(told)
        with suppress(Exception):
            said = pickle.dumps(partial(_raised, one))
            pickle.loads(said)  # noqa: S301 (as above)
            return said
    raise AssertionError


def _given(outcome: Outcome) -> Outcome:
    return outcome


def _raised(error: Exception) -> None:
    raise error


def _keep_interrupts() -> None:
    """Ctrl-C is for this process alone, which ends those that this thread starts: they inherit the mask.

    The trackers of both kinds must run before, for their start takes the mask away again.
    """
    from joblib.externals.loky.backend import resource_tracker as of_loky

    of_loky.ensure_running()
    resource_tracker.ensure_running()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
