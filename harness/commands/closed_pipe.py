"""What becomes of the output when its reader has gone, as in ``harness list models | head -1``."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

CLOSED_PIPE = 128 + signal.SIGPIPE


def end_with_the_reader() -> None:
    """Let the process end as programs do that SIGPIPE ends: without a message, with the exit code of the signal.

    The signal itself stays ignored, as it would also end the process when a server closes its connection.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if type(stream) is io.TextIOWrapper:  # not where a test or a notebook has put its own
            stream.flush()
            output = io.TextIOWrapper(
                io.BufferedWriter(_Output(stream.fileno(), "w", closefd=False)),
                encoding=stream.encoding,
                errors=stream.errors,
                line_buffering=stream.line_buffering,
                write_through=stream.write_through,
            )
            setattr(sys, name, output)


class _Output(io.FileIO):
    """Where standard output or standard error goes."""

    def write(self, data: ReadableBuffer, /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            nowhere = os.open(os.devnull, os.O_WRONLY)  # for what is still buffered
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                raise SystemExit(CLOSED_PIPE) from None
            error.filename = error.filename or ("standard output" if self.fileno() == 1 else "standard error")
            raise
