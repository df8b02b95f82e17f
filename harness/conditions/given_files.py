"""Files that a condition takes from the user, such as recordings of babble or of rooms.

They are listed, checked and hashed before the first prediction: the plan holds how many they are and one hash of
their names and contents, and not where they are. A worker that opens one makes sure that it is still the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import HarnessError, Unscored
from harness.files import canonical_hash, is_inside, regular, sha256_file
from harness.signals.media_folder import find_files

MAX_FILES = 20_000
MAX_FILE_BYTES = 4 * 2**30


@dataclass(frozen=True)
class NeededFiles:
    """What a condition asks for.

    Attributes:
        what: in the plural, for messages: ``recordings of music``.
        suffixes: of the files that are taken, in small letters with their dot; others are passed over.
        require: raises `Unscored` for a file that cannot be used.
    """

    what: str
    suffixes: frozenset[str]
    require: Callable[[Path], object]


@dataclass(frozen=True)
class GivenFiles:
    """The files in a folder of the user. Picklable, for workers.

    Attributes:
        root: the folder.
        names: relative paths, sorted.
        states: of each file, what the file system says that changes when it is written.
        sha256: of the names and the contents.
    """

    root: Path
    names: tuple[str, ...]
    states: tuple[tuple[int, ...], ...]
    sha256: str

    def path(self, number: int) -> Path:
        """The file of that number.

        Raises:
            HarnessError: it was changed or removed since it was hashed.
        """
        path = self.root / self.names[number]
        try:
            changed = _state(path) != self.states[number]
        except OSError:
            changed = True
        if changed:
            raise HarnessError(f"{path}: changed during the run, after it was hashed for the plan. Run again.")
        return path

    def plain(self) -> dict[str, Any]:
        """The entry of the plan."""
        return {"num_files": len(self.names), "sha256": self.sha256}


def given_files(family: str, needed: NeededFiles, folder: Path | None) -> GivenFiles:
    """List, check and hash the files for a condition.

    Args:
        family: of the condition.
        needed: what it asks for.
        folder: of the user; None where none was named.

    Raises:
        HarnessError: none was named, it holds no such file or over `MAX_FILES`, or one of them is a link that
            leads out of it, no regular file, over 4 GiB, or cannot be used.
    """
    how = f"condition_files={{{family}: PATH}}"
    if folder is None:
        raise HarnessError(f"condition {family} needs {needed.what}. Name a folder that holds them: '{how}'.")
    if not folder.is_dir():
        raise HarnessError(
            f"condition {family}: {folder} is not a folder. Name one that holds {needed.what}: '{how}'."
        )
    names = find_files(folder, needed.suffixes)
    if not 0 < len(names) <= MAX_FILES:
        raise HarnessError(
            f"condition {family}: {folder} holds {len(names):,} files ending in "
            f"{' '.join(sorted(needed.suffixes))}; expected 1 to {MAX_FILES:,} {needed.what}."
        )
    hashes = {name: _checked(folder, name, family, needed) for name in names}
    states = tuple(_state(folder / name) for name in names)
    return GivenFiles(folder, tuple(names), states, canonical_hash(hashes))


def _checked(folder: Path, name: str, family: str, needed: NeededFiles) -> str:
    """The SHA-256 of a file that can be used."""
    path = folder / name
    where = f"condition {family}: {path}"
    if not is_inside(path, folder):
        raise HarnessError(f"{where} leads out of the folder. Copy the file there.")
    try:
        if regular(path).stat().st_size > MAX_FILE_BYTES:
            raise ValueError(f"it is over {MAX_FILE_BYTES // 2**30} GiB")
        needed.require(path)
        return sha256_file(path)
    except Unscored as unscored:
        found = unscored.text
    except (OSError, ValueError) as error:
        found = str(error)
    raise HarnessError(f"{where} cannot be used ({found}). Mend it or take it out; expected {needed.what}.")


def _state(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
