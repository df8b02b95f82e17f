"""Whether a folder is one's own: absent, empty, or with nothing in it but what the same command wrote there."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path


def taken(folder: Path, own: Collection[str], whose: str) -> str | None:
    """Why nothing is written into a folder, as a sentence with a remedy; None if it is one's own.

    Args:
        folder: that a user named.
        own: the names of the files that the command writes.
        whose: what the folder would be, in the message: ``a comparison``.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        return f"{folder}: this is a file or a broken link. Give a folder."
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    foreign = [name for name in found if name not in own and not name.endswith(".part")]
    if not foreign:
        return None
    return (
        f"{folder}: the folder is not empty and is not that of {whose} (it contains {foreign[0]}). Give a new "
        "folder."
    )
