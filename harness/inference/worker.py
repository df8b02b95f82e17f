"""A process that reads and prepares samples, and the parent's handle on it.

A decoder may crash or hang on a hostile file, so it runs where it can do no harm. The worker sets a timer before
every sample whose signal the kernel delivers whatever the decoder is doing; the parent sees the pipe close, reads
from the exit code whether it was the timer, and tries the batch's samples one by one in a fresh worker. A sample
that ends two workers becomes a failed row.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from harness.datasets.reader import Sample
from harness.errors import HarnessError, Reason
from harness.inference.preparation import LoadSample, Prepared, SingleThread, prepare_samples, unprepared
from harness.inference.slab import Bytes, PackedSamples, Slab, packed_samples, unpacked_samples
from harness.inference.untimed_imports import UntimedImports
from harness.inference.worker_server import (
    CONTEXT,
    forget_unknown_start_method,
    require_working_folder,
    script_hidden,
)
from harness.models.model import Preparer

_GUARD = threading.Lock()
"""Starting and reaping are not thread-safe in multiprocessing: an exit code may be read twice and lost."""

_EXIT_PATIENCE_S = 5.0

_STARTS_TRIED = 3
"""A process that is killed while it starts, such as for its memory, has met no sample yet."""

_UNKNOWN = 255
"""The exit code of a process whose server is gone: nobody can say any more how it ended."""

_SERVER_GONE_S = 0.1
"""Until the system knows that a server has ended whose pipe is closed; then another one is started."""


class Worker:
    """Handle on one worker process, which is started when needed and again when it dies. Used by one thread.

    Args:
        job: see `harness.inference.worker_server.pickled_job`.
        timeout_s: seconds that one sample may take.
        slab: where the process writes what it prepares; None sends all of it through the pipe.
        name: that those are told who ask how far the run is.
    """

    def __init__(self, job: bytes, timeout_s: float, slab: Slab | None = None, name: str = "") -> None:
        self.name = name
        self._job = job
        self._timeout_s = timeout_s
        self._slab = slab
        self._stopped = False
        self._process: ForkServerProcess | None = None
        self._connection: Connection | None = None

    def prepare(self, rows: Sequence[Sample], slot: int = 0) -> tuple[list[Prepared], Bytes | None]:
        """Read and prepare samples; those that end a worker twice are failed, ``crashed`` or ``timeout``.

        Args:
            rows: of the samples table.
            slot: of the slab, for these samples alone until they are no longer needed.

        Returns:
            The samples, and the memory in which their arrays lie; None where each has its own.

        Raises:
            HarnessError: workers cannot be started, or the set-up is wrong.
        """
        try:
            packed = self._ask(rows, slot)
        except _Ended:
            return [self._prepare_alone(row) for row in rows], None
        if self._slab is not None and packed.reserved:
            return self._slab.unpack(slot, packed)
        return unpacked_samples(packed.arrays, packed), None

    def stop(self) -> None:
        """End the process for good; callable from any thread, also while `prepare` waits."""
        self._stopped = True
        with _GUARD:
            if self._process is not None:
                self._process.kill()
                self._process.join(_EXIT_PATIENCE_S)

    def _prepare_alone(self, row: Sample, *, is_again: bool = False) -> Prepared:
        """The sample, without what might be made besides: that may be what ended the worker."""
        try:
            packed = self._ask([row], None)
        except _Ended as ended:
            if ended.exit_code == _UNKNOWN and not is_again:
                return self._prepare_alone(row, is_again=True)
            return unprepared(ended.reason)
        return unpacked_samples(packed.arrays, packed)[0]

    def _ask(self, rows: Sequence[Sample], slot: int | None) -> PackedSamples:
        """What the process answers; without a slot through the pipe alone, and nothing is made besides."""
        connection = self._connection or self._start()
        try:
            connection.send((rows, slot))
            answer = connection.recv()
        except (EOFError, OSError):
            raise _Ended(self._reap()) from None
        if isinstance(answer, HarnessError):
            raise answer
        assert isinstance(answer, PackedSamples)
        return answer

    def _start(self) -> Connection:
        """Start a process, again if it is killed while it starts, or the server that it is forked from."""
        for _ in range(_STARTS_TRIED):
            try:
                return self._start_once()
            except _NotForked as not_forked:
                problem = str(not_forked)
                time.sleep(_SERVER_GONE_S)
            except _Ended as ended:
                problem = "killed while it started"
                if ended.exit_code in {-signal.SIGKILL, _UNKNOWN}:
                    continue
                raise HarnessError(
                    f"A worker process ended while it started (exit code {ended.exit_code}). Every worker loads "
                    "what a script itself defines by running it once more: call the harness below `if __name__ "
                    "== '__main__':`, or move the reader or the model into a module. workers=0 works without "
                    "workers."
                ) from None
        raise HarnessError(
            f"A worker process was {problem}, {_STARTS_TRIED} times. Memory may be short: lower workers."
        )

    def _start_once(self) -> Connection:
        require_working_folder()
        ours, theirs = CONTEXT.Pipe()
        forget_unknown_start_method()
        with _GUARD:
            if self._stopped:
                raise HarnessError("The workers have been stopped.")
            process = CONTEXT.Process(target=_serve, args=(theirs, self._timeout_s, self._slab), daemon=True)
            try:
                with script_hidden(self._job):
                    process.start()
            except (EOFError, OSError) as error:
                raise _NotForked(f"not started ({error!r})") from error
            self._process, self._connection = process, ours
        theirs.close()
        try:
            ours.send_bytes(self._job)
            problem = ours.recv()
        except (EOFError, OSError):
            raise _Ended(self._reap()) from None
        if problem is not None:
            raise problem
        return ours

    def _reap(self) -> int | None:
        """Close the pipe of a process that is ending and return its exit code."""
        assert self._process is not None
        assert self._connection is not None
        with _GUARD:
            self._process.join(_EXIT_PATIENCE_S)
            if self._process.exitcode is None:
                self._process.kill()
                self._process.join()
            code = self._process.exitcode
        self._connection.close()
        self._process = self._connection = None
        return code


class _NotForked(Exception):  # noqa: N818 (an event that the caller handles)
    """There is no process: the server that forks it is gone, or the system gives no further one."""


class _Ended(Exception):  # noqa: N818 (an event that the caller handles)
    """A worker is gone."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code
        self.reason = Reason.TIMEOUT if exit_code == -signal.SIGALRM else Reason.CRASHED


def _serve(connection: Connection, timeout_s: float, slab: Slab | None) -> None:
    """The worker's life: take the job, then answer batches until the parent hangs up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with suppress(EOFError, OSError):
        try:
            load, prepare = connection.recv()
        except Exception as error:
            connection.send(
                HarnessError(
                    f"A worker process cannot load its job ({type(error).__name__}: {error}). Define the reader "
                    "and the model in a module that can be imported, or run with workers=0."
                )
            )
            return
        connection.send(None)
        UntimedImports.install()
        with SingleThread().hold():
            while True:
                rows, slot = connection.recv()
                try:
                    samples = _prepared(load, prepare, rows, timeout_s, with_beside=slot is not None)
                except HarnessError as error:
                    connection.send(HarnessError(str(error)))  # a subclass may not survive the way back
                    continue
                if slab is None or slot is None:
                    connection.send(packed_samples(samples))
                else:
                    connection.send(slab.pack(slot, samples))


def _prepared(
    load: LoadSample, prepare: Preparer, rows: Sequence[Sample], timeout_s: float, *, with_beside: bool
) -> list[Prepared]:
    try:
        return prepare_samples(load, prepare, _timed(rows, timeout_s), with_beside=with_beside)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _timed(rows: Sequence[Sample], timeout_s: float) -> Iterator[Sample]:
    """Give each sample its time from when it is taken."""
    for row in rows:
        signal.setitimer(signal.ITIMER_REAL, timeout_s)
        yield row


def _end_with_parent() -> None:
    """A killed parent cannot tell its workers, and one that hangs in a decoder would not read the pipe."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
