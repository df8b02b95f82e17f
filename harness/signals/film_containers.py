"""Which files are films: the containers whose first bytes say so."""

from __future__ import annotations

from pathlib import Path

from harness.signals.undecodable import undecodable

FORMATS = "an FLV, MP4, AVI or Matroska video"

_SIGNATURES = ((0, b"FLV", "flv"), (4, b"ftyp", "mov"), (8, b"AVI ", "avi"), (0, b"\x1a\x45\xdf\xa3", "matroska"))
_START = 12


def container(path: Path) -> str | None:
    """FFmpeg's name of the file's container, such as ``mov``; None of any other file, or of none."""
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return None
    return next((name for at, text, name in _SIGNATURES if start[at : at + len(text)] == text), None)


def require_container(path: Path) -> str:
    """FFmpeg's name of the file's container.

    FFmpeg follows playlists, which can name other files and hosts, so it is given only plain containers.

    Raises:
        Unscored: the file is none of these, or cannot be read.
    """
    found = container(path)
    if found is None:
        raise undecodable(path, FORMATS)
    return found
