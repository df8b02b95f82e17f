"""Files of a run without the times in them, in which two runs of one plan differ."""

from __future__ import annotations

import re
from pathlib import Path

_TIMES = re.compile(rb'<section id="(times|stages)">.*?</section>', re.DOTALL)


def timeless(file: Path) -> bytes:
    """The bytes of a file; of a report without the sections about time."""
    content = file.read_bytes()
    return _TIMES.sub(b"", content) if file.name == "report.html" else content
