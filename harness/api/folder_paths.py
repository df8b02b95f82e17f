"""Folders that a caller names."""

from __future__ import annotations

import os
from pathlib import Path

from harness.errors import HarnessError


def folder_path(argument: str, value: object) -> Path:
    """A path, with ``~`` as the home folder.

    Raises:
        HarnessError: it is no path.
    """
    if not isinstance(value, str | os.PathLike):
        raise HarnessError(f"{argument}: {type(value).__name__} is not a path. Give the path of a folder.")
    return Path(value).expanduser()
