"""A program that is asked one line at a time, through pipes that cannot block and within bounds.

Whatever the program does, an exchange ends: within its time, with at most `MAX_LINE_BYTES` in memory. Its standard
error is read all the while, and the last of it kept for messages.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from harness.errors import HarnessError, signal_name
from harness.models.programs import keeper
from harness.wording import printable

MAX_LINE_BYTES = 2**20
"""A longer answer is no answer."""

SHOWN_LINES = 5
"""Of what the program wrote to its standard error."""

_MAX_SHOWN = 300
_CHUNK = 2**16
_MAX_CHUNKS = 16
"""What a pipe holds at most, as Linux has it: a program that goes on writing is not read for ever."""
_PATIENCE_S = 2.0
"""How long a program may take to end by itself when its input ends, and its keeper when it is told to."""


@dataclass(frozen=True)
class Command:
    """What is started, and within which bounds.

    Attributes:
        words: the program and its arguments; no shell sees them.
        folder: the working directory.
        environment: all variables that the program sees.
        max_memory_bytes: the program is killed when it and its descendants hold more.
        max_file_bytes: no file that it writes becomes larger.
    """

    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    max_memory_bytes: int
    max_file_bytes: int

    def plain(self) -> dict[str, Any]:
        """As the keeper takes it."""
        return {
            "command": list(self.words),
            "folder": str(self.folder),
            "environment": dict(self.environment),
            "max_memory_bytes": self.max_memory_bytes,
            "max_file_bytes": self.max_file_bytes,
        }


class ProgramEnded(Exception):  # noqa: N818 (an event that the caller handles)
    """The program is gone; the message says how it ended."""


class ProgramHangs(Exception):  # noqa: N818
    """The program did not finish a line in its time."""


class LineTooLong(Exception):  # noqa: N818
    """The program wrote more than `MAX_LINE_BYTES` without a line break."""


class KeptProgram:
    """A running program. It, its descendants and its keeper are gone after `end`, or when this process is.

    Raises:
        HarnessError: this machine starts no more processes.
    """

    def __init__(self, command: Command) -> None:
        self._errors: deque[str] = deque(maxlen=SHOWN_LINES)
        self._unfinished_error = b""
        self._received = b""
        self._control, theirs = socket.socketpair()
        with theirs:
            try:
                self._keeper = subprocess.Popen(  # noqa: S603 (our own script)
                    [sys.executable, "-I", "-S", keeper.__file__, str(theirs.fileno())],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    bufsize=0,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except OSError as error:
                self._control.close()
                raise HarnessError(f"A program cannot be started ({error.strerror}). Lower workers.") from error
        with suppress(OSError):  # it is gone, which the first exchange finds
            self._control.sendall(json.dumps(command.plain()).encode() + b"\n")
        for pipe in self._pipes():
            os.set_blocking(pipe.fileno(), False)

    def exchange(self, line: bytes, timeout_s: float) -> bytes:
        """Write a line and read the next one.

        Args:
            line: with its line break.
            timeout_s: for both.

        Raises:
            ProgramEnded: it is gone, or has closed its output.
            ProgramHangs: no line came in time.
            LineTooLong: the line has no end.
        """
        stdin, stdout, stderr = self._pipes()
        deadline, unsent = time.monotonic() + timeout_s, memoryview(line)
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stderr, selectors.EVENT_READ)
            if unsent:
                selector.register(stdin, selectors.EVENT_WRITE)
            while unsent or b"\n" not in self._received:
                self._require_bounds(deadline)
                for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                    if key.fileobj is stdin:
                        unsent = self._written(unsent)
                        if not unsent:
                            selector.unregister(stdin)
                    elif key.fileobj is stdout:
                        self._receive()
                    elif not self._note_errors():
                        selector.unregister(stderr)
        answer, _, self._received = self._received.partition(b"\n")
        return answer

    def next_line(self, timeout_s: float) -> bytes:
        """Read one more line; see `exchange`."""
        return self.exchange(b"", timeout_s)

    def last_errors(self) -> str:
        """The end of a message: what the program last wrote to its standard error."""
        for _ in range(_MAX_CHUNKS):
            if not self._note_errors(blocking=False):
                break
        lines = [line for line in (*self._errors, _shown(self._unfinished_error)) if line]
        return f" It last wrote: {' | '.join(lines[-SHOWN_LINES:])}" if lines else ""

    def end(self) -> None:
        """Close its input, wait a moment, and kill what is left; may be called again."""
        stdin, stdout, stderr = self._pipes()
        stdin.close()
        if self._keeper.poll() is None:
            self._drain_until_it_ends()
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        try:
            self._keeper.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._keeper.kill()  # the program dies with it (PR_SET_PDEATHSIG)
            self._keeper.wait()
        stdout.close()
        stderr.close()
        self._control.close()

    def kill(self) -> None:
        """End it without patience."""
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        self.end()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes], IO[bytes]]:
        stdin, stdout, stderr = self._keeper.stdin, self._keeper.stdout, self._keeper.stderr
        assert stdin is not None
        assert stdout is not None
        assert stderr is not None
        return stdin, stdout, stderr

    def _require_bounds(self, deadline: float) -> None:
        if len(self._received) > MAX_LINE_BYTES:
            raise LineTooLong
        if time.monotonic() >= deadline:
            raise ProgramHangs

    def _written(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(self._pipes()[0].fileno(), unsent[:_CHUNK]) :]
        except BlockingIOError:
            return unsent
        except OSError:  # nobody reads any more
            raise ProgramEnded(self._how_it_ended()) from None

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            chunk = os.read(self._pipes()[1].fileno(), _CHUNK)
            if not chunk:
                raise ProgramEnded(self._how_it_ended())
            self._received += chunk

    def _note_errors(self, *, blocking: bool = True) -> bool:
        """Take what its standard error holds; False where it is closed or, not blocking, holds nothing."""
        try:
            chunk = os.read(self._pipes()[2].fileno(), _CHUNK)
        except BlockingIOError:
            return blocking
        except (OSError, ValueError):
            return False
        *whole, rest = (self._unfinished_error + chunk).split(b"\n")
        self._errors.extend(filter(None, map(_shown, whole[-SHOWN_LINES:])))
        self._unfinished_error = rest[:_MAX_SHOWN]
        return bool(chunk)

    def _how_it_ended(self) -> str:
        self._control.settimeout(_PATIENCE_S)
        try:
            said = self._control.recv(4096)
        except OSError:
            said = b""
        ended: dict[str, Any] = json.loads(said) if said.endswith(b"\n") else {}
        if "cannot_start" in ended:
            return f"it cannot be started: {ended['cannot_start']}"
        if "memory" in ended:
            return f"over {ended['memory'] / 2**30:g} GiB of memory"
        if "signal" in ended:
            return f"signal {signal_name(ended['signal'])}"
        return f"exit code {ended['exit']}" if "exit" in ended else "it closed its output"

    def _drain_until_it_ends(self) -> None:
        """A program that still writes cannot end while its pipes are full."""
        deadline = time.monotonic() + _PATIENCE_S
        _, stdout, stderr = self._pipes()
        with selectors.DefaultSelector() as selector:
            for pipe in (self._control, stdout, stderr):
                selector.register(pipe, selectors.EVENT_READ)
            while (left_s := deadline - time.monotonic()) > 0:
                for key, _ in selector.select(left_s):
                    if key.fileobj is self._control:
                        return
                    if key.fileobj is stderr:
                        if not self._note_errors():
                            selector.unregister(stderr)
                    elif not _drained(stdout):
                        selector.unregister(stdout)


def _drained(pipe: IO[bytes]) -> bool:
    try:
        return bool(os.read(pipe.fileno(), _CHUNK))
    except BlockingIOError:
        return True


def _shown(line: bytes) -> str:
    return printable(line.decode(errors="replace")).strip()[:_MAX_SHOWN]
