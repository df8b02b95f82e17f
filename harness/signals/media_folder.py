"""The media files in a folder of a user."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from harness.errors import HarnessError

SOUND_SUFFIXES = frozenset({".wav", ".flac", ".ogg", ".mp3", ".aiff", ".aif"})
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".flv", ".mkv", ".webm"})


def find_files(root: Path, suffixes: Collection[str]) -> list[str]:
    """Files below the root with one of the suffixes (lower-case, with their dot), as sorted relative POSIX paths.

    Hidden files and folders and the remains of archives (``__MACOSX``) are skipped; links to folders are not
    followed.

    Raises:
        HarnessError: a name is not UTF-8, so that no table could store it.
    """
    found = []
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = [name for name in subfolders if not name.startswith((".", "__MACOSX"))]
        below = Path(folder).relative_to(root).as_posix()
        start = "" if below == "." else f"{below}/"
        found += [
            start + name
            for name in names
            if name[name.rfind(".") :].lower() in suffixes and not name.startswith(".")
        ]
    try:
        "".join(found).encode()
    except UnicodeEncodeError:
        odd = next(name for name in found if any("\ud800" <= letter <= "\udfff" for letter in name))
        raise HarnessError(f"{root}: the name {odd!a} is not UTF-8. Rename the file or its folder.") from None
    return sorted(found)
