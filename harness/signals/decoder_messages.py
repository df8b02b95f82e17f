"""Keeps what decoders print off the terminal, and reads it: libjpeg reports there alone what it has filled in."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

_STDERR = 2
_ONE_AT_A_TIME = threading.RLock()
"""The standard error belongs to the whole process."""

_DECODERS = re.compile(
    r"Corrupt JPEG data|Premature end of JPEG|Invalid (SOS|JPEG)|Unsupported marker|Inconsistent progression|"
    r"Application transferred|libpng |\[?src/libmpg123|\[\S+ @ 0x|Warning: Xing|Note: |\s*$"
)


@contextmanager
def decoder_messages() -> Iterator[list[str]]:
    """Collect the lines that decoders print within the block; the list is filled at its end.

    What others print to the standard error meanwhile is passed on. A process without a standard error has nothing
    to collect.
    """
    lines: list[str] = []
    with _ONE_AT_A_TIME:
        try:
            terminal = os.dup(_STDERR)
        except OSError:
            yield lines
            return
        with _in_memory() as printed:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(printed.fileno(), _STDERR)
            try:
                yield lines
            finally:
                os.dup2(terminal, _STDERR)
                printed.seek(0)
                lines += _sorted_out(printed, terminal)
                os.close(terminal)


def _in_memory() -> IO[bytes]:
    """A file that needs no disk, where the system has such."""
    return (
        os.fdopen(os.memfd_create("messages"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile()
    )


def _sorted_out(printed: IO[bytes], terminal: int) -> list[str]:
    """The lines of decoders; others are printed."""
    lines = []
    for line in printed:
        text = line.decode(errors="replace")
        if _DECODERS.match(text):
            lines.append(text.strip())
        else:
            os.write(terminal, line)
    return lines
