"""How much may be written to a disk."""

from __future__ import annotations

import shutil
from pathlib import Path

SPARE_BYTES = 500 * 10**6
"""That stay free."""


def bytes_left(folder: Path) -> int:
    """The bytes that are free on a folder's disk beyond `SPARE_BYTES`; negative where there are fewer."""
    return shutil.disk_usage(folder).free - SPARE_BYTES
