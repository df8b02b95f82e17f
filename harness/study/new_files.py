"""Files that are drafted for a user to fill in: their names, and that none is overwritten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from harness.errors import HarnessError
from harness.files import write_bytes

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


def require_name(name: str, of: str) -> None:
    """Check a name of a card.

    Args:
        name: that is given or derived.
        of: what it names, such as a model.

    Raises:
        HarnessError: it cannot be the name of a card's folder.
    """
    if not _NAME.fullmatch(name):
        raise HarnessError(
            f"{name!r} is no name for {of}: small letters, digits and _ are expected. Give another with --name."
        )


def write_new(texts: Mapping[Path, str]) -> None:
    """Write files none of which exists yet.

    Args:
        texts: path → text.

    Raises:
        HarnessError: one exists; then none is written.
    """
    for path in texts:
        if path.exists() or path.is_symlink():
            raise HarnessError(f"{path} exists already. Choose another folder, or another name with --name.")
    for path, text in texts.items():
        write_bytes(text.encode(), path)
