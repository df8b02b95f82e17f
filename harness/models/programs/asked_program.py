"""A program that is started once, greeted, and asked for one answer after another.

When it ends it is started again; a request at which it ends twice is ``crashed``, one that it does not answer in
time ``timeout``. Nothing that it writes stops the run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.arrays import Floats
from harness.errors import HarnessError, Reason, Unscored
from harness.models.answer import Answer
from harness.models.programs.kept_program import (
    MAX_LINE_BYTES,
    Command,
    KeptProgram,
    LineTooLong,
    ProgramEnded,
    ProgramHangs,
)
from harness.models.programs.program_answers import WrongId, unreadable
from harness.wording import printable

ATTEMPTS = 2
"""How often a program may end at a request."""

logger = logging.getLogger(__name__)

Read = Callable[[bytes, str], Floats]
"""(a line of the program, the id of the request) → the vector of its answer. Raises `WrongId` and `Unscored`."""


@dataclass(frozen=True)
class Manner:
    """How a program is asked.

    Attributes:
        owner: begins messages, such as ``model acme``.
        greeting: what it is told first; it answers that it is ready.
        timeout_s: for one answer.
        start_timeout_s: until it is ready.
    """

    owner: str
    greeting: Mapping[str, Any]
    timeout_s: float
    start_timeout_s: float


class AskedProgram:
    """Keeps a program that answers. Started where it is made.

    Args:
        command: that starts it.
        manner: how it is asked.
        read: what its lines mean.

    Raises:
        HarnessError: it cannot be started, or does not say that it is ready.
    """

    def __init__(self, command: Command, manner: Manner, read: Read) -> None:
        self._command, self._manner, self._read = command, manner, read
        self._last_id = ""
        self._version: str | None = None
        self._program: KeptProgram | None = None
        self._start()

    def answer(self, request: bytes) -> Answer:
        """The answer to one request; the program is started again where it ended.

        Args:
            request: the inside of a JSON object, to which the id is added.

        Raises:
            HarnessError: it cannot be started again.
        """
        request_id = hashlib.sha256(request).hexdigest()[:16]
        line = f'{{"id": "{request_id}", '.encode() + request + b"}\n"
        ended = ""
        for attempt in range(1, ATTEMPTS + 1):
            program = self._program or self._start()
            try:
                return self._exchanged(program, line, request_id, attempt)
            except ProgramEnded as error:
                ended = str(error)
                self._stop(program, f"ended ({ended})")
        return Answer(unscored=Unscored(Reason.CRASHED, ended), attempts=ATTEMPTS, version=self._version)

    def end(self) -> None:
        """End the program."""
        if self._program is not None:
            self._program.end()
            self._program = None

    def _exchanged(self, program: KeptProgram, line: bytes, request_id: str, attempts: int) -> Answer:
        """What the program says to one request.

        Raises:
            ProgramEnded: it ended.
        """
        raw, previous_id, self._last_id = b"", self._last_id, request_id
        try:
            deadline = time.monotonic() + self._manner.timeout_s
            raw = program.exchange(line, self._manner.timeout_s)
            while previous_id and _is_late(raw, previous_id, request_id):
                raw = program.next_line(deadline - time.monotonic())
            vector = self._read(raw, request_id)
        except Unscored as unscored:
            return Answer(unscored=unscored, attempts=attempts, raw=raw, version=self._version)
        except ProgramHangs:
            reason = Unscored(Reason.TIMEOUT, f"over {self._manner.timeout_s:g} s")
        except LineTooLong:
            reason = unreadable(f"a line over {MAX_LINE_BYTES // 2**20} MiB")
        except WrongId:
            reason = unreadable("it answers another request")
        else:
            return Answer(vector=vector, attempts=attempts, raw=raw, version=self._version)
        self._stop(program, f"is started again: {reason.text}")
        return Answer(unscored=reason, attempts=attempts, raw=raw or None, version=self._version)

    def _stop(self, program: KeptProgram, why: str) -> None:
        """End a program that cannot be asked any more."""
        logger.warning("%s: its program %s.%s", self._manner.owner, why, program.last_errors())
        program.kill()
        self._program, self._last_id = None, ""

    def _start(self) -> KeptProgram:
        """Start the program, tell it what it is asked for, and read its version.

        Raises:
            HarnessError: it does not say that it is ready.
        """
        self._program = program = KeptProgram(self._command)
        try:
            line = program.exchange(
                json.dumps(self._manner.greeting).encode() + b"\n", self._manner.start_timeout_s
            )
            said = _plain(line)
            if said.get("ready") is True:
                version = said.get("version")
                self._version = None if version is None else printable(str(version))[:200]
                return program
            problem = f"it answered {printable(line.decode(errors='replace'))[:200]!r}"
        except ProgramEnded as ended:
            problem = str(ended)
        except ProgramHangs:
            problem = f"no line within {self._manner.start_timeout_s:g} s"
        except LineTooLong:
            problem = f"a line over {MAX_LINE_BYTES // 2**20} MiB"
        errors = program.last_errors()
        self.end()
        raise HarnessError(
            f"{self._manner.owner}: its program did not get ready ({problem}). It must answer the first line of "
            f'its input with {{"ready": true}}, flush it, and write nothing else to its standard output.{errors}'
        )


def _is_late(line: bytes, previous_id: str, request_id: str) -> bool:
    """Whether a line answers what was asked before, once more or too late; the first answer has counted."""
    return _plain(line).get("id") == previous_id != request_id


def _plain(line: bytes) -> dict[str, Any]:
    """The JSON object of a line; an empty one where it holds none."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
