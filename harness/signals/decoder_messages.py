"""Keeps what decoders print off the terminal, and reads it: libjpeg reports there alone what it has filled in."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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

    What others print to the standard error meanwhile is passed on.
    """
    lines: list[str] = []
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as printed:
        sys.stderr.flush()
        terminal = os.dup(_STDERR)
        os.dup2(printed.fileno(), _STDERR)
        try:
            yield lines
        finally:
            os.dup2(terminal, _STDERR)
            printed.seek(0)
            for line in printed:
                text = line.decode(errors="replace")
                if _DECODERS.match(text):
                    lines.append(text.strip())
                else:
                    os.write(terminal, line)
            os.close(terminal)
