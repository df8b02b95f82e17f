"""Files that are drafted for a user to fill in: their names, and that none is overwritten."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError
from harness.files import write_bytes

_NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")


def require_name(name: str, of: str, otherwise: str = "Give another with --name.") -> None:
    """Check a name of a card.

    Args:
        name: that is given or derived.
        of: what it names, such as a model.
        otherwise: what to do about a name that does not do.

    Raises:
        HarnessError: it cannot be the name of a card's folder.
    """
    if not _NAME.fullmatch(name):
        raise HarnessError(
            f"{name!r} is no name for {of}: small letters, digits and _ are expected, a letter first, 50 at "
            f"most. {otherwise}"
        )


def write_new(texts: Mapping[Path, str]) -> None:
    """Write files none of which exists yet.

    Args:
        texts: path → text.

    Raises:
        HarnessError: one exists; then none is written.
        OSError: one cannot be written; then none is left.
    """
    for path in texts:
        if path.exists() or path.is_symlink():
            raise HarnessError(f"{path} exists already. Choose another folder, or another name with --name.")
    written: list[Path] = []
    try:
        for path, text in texts.items():
            write_bytes(text.encode(), path)
            written.append(path)
    except BaseException:
        remove_written(written, None)
        raise


def remove_written(paths: Iterable[Path], folder: Path | None) -> None:
    """Remove files of a draft that came to nothing, and the folders that are empty without them.

    Args:
        paths: the files.
        folder: the folder of the draft, up to which folders are removed; None for files alone.
    """
    for path in paths:
        path.unlink(missing_ok=True)
    if folder is None or not folder.is_dir():
        return
    for path in [*sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True), folder]:
        with suppress(OSError):  # it holds something
            path.rmdir()
