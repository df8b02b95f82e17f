"""Says why a media file cannot be decoded, in a way that helps to fix it."""

from __future__ import annotations

from pathlib import Path

from harness.errors import Reason, Unscored

_LFS_POINTER = b"version https://git-lfs.github.com/spec/"


def undecodable(path: Path, expected: str) -> Unscored:
    """The exception for a file that a decoder has refused; the decoder raises it.

    Args:
        path: the file.
        expected: what the decoder reads, such as ``a JPEG, PNG, WebP or BMP picture``.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(_LFS_POINTER))
    except FileNotFoundError:
        return Unscored(Reason.MISSING_FILE)
    except OSError:
        return Unscored(Reason.UNREADABLE, "the file may not be read")
    if not start:
        return Unscored(Reason.EMPTY, "the file has no bytes")
    if start == _LFS_POINTER:
        return Unscored(Reason.UNREADABLE, "a git-lfs pointer; run `git lfs pull` in the dataset's folder")
    return Unscored(Reason.UNREADABLE, f"not {expected}, or a damaged one")
