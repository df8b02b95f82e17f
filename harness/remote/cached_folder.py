"""A folder of this machine that holds the names of files elsewhere, and some of their contents, up to a bound.

A file that is not held is empty room of its size that nobody but root may open. What is held of a file is noted
beside the folder, after the file itself: a kill in between leaves a file that counts as not held. Names and notes
are not forced onto the disk, which would take minutes for 100,000 of them: if power fails, files are fetched
again.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from harness.files import read_text

UNUSED_S = 600.0
"""A file is not given up for so long after it was asked for: until then its reader has opened it."""

LONGEST_S = 86_400.0
"""A file may take so long to come; none of that is time of the sample that is read."""

_CLOSED = 0o000
_LOCKS = 256
_SCANS = 50
"""All that is held is measured anew after this part of the bound has come."""


@dataclass(frozen=True)
class Held:
    """What is noted of a file that is held.

    Attributes:
        version: of its contents.
        opening: of the dataset, for which the version was last compared with that elsewhere.
    """

    version: str
    opening: str


class CachedFolder:
    """Names and contents in one folder. Used by several processes at once.

    Args:
        home: its files are in ``files``.
    """

    def __init__(self, home: Path) -> None:
        self.files = home / "files"
        self._notes = home / "held"
        self._locks = home / "locks"
        self._coming = home / "coming"

    @contextmanager
    def locked(self, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Keep other processes from a file; whether nobody else has it, where it is not waited for."""
        self._locks.mkdir(parents=True, exist_ok=True)
        number = zlib.crc32(name.encode(errors="surrogatepass")) % _LOCKS
        with (self._locks / f"{number:03d}").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            yield True

    def names(self) -> set[str]:
        """All files, held or not."""
        return set(_below(self.files))

    def names_held(self) -> set[str]:
        """Files that are held."""
        return set(_below(self._notes))

    def held(self, name: str) -> Held | None:
        """What is noted of a file; None if it is not held."""
        try:
            version, opening = read_text(self._notes / name).split("\n")
            mode = (self.files / name).stat().st_mode
        except (OSError, ValueError):
            return None
        return Held(version, opening) if stat.S_ISREG(mode) and stat.S_IMODE(mode) != _CLOSED else None

    def note(self, name: str, held: Held) -> None:
        """Note that a file is held."""
        coming = self.coming()
        coming.write_text(f"{held.version}\n{held.opening}", encoding="utf-8")
        _replace(coming, self._notes / name)

    def used(self, name: str) -> None:
        """Note that a file that is held is about to be read."""
        os.utime(self._notes / name)

    def name(self, name: str, size: int) -> None:
        """Have the name of a file there; nothing if it is there."""
        path = self.files / name
        try:
            _make_empty(path, size)
        except FileExistsError:
            if not path.is_file():
                raise
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_empty(path, size)

    def empty(self, name: str, size: int) -> None:
        """Have the name of a file there, and nothing of its contents."""
        (self._notes / name).unlink(missing_ok=True)
        coming = self.coming()
        _make_empty(coming, size)
        _replace(coming, self.files / name)

    def coming(self) -> Path:
        """A new path for contents that are on their way, on the same disk, and in no folder that is listed."""
        self._coming.mkdir(parents=True, exist_ok=True)
        return self._coming / secrets.token_hex(16)

    def put(self, coming: Path, name: str, held: Held) -> None:
        """Exchange the contents of a file for those that have come."""
        (self._notes / name).unlink(missing_ok=True)
        _replace(coming, self.files / name)
        self.note(name, held)

    def tidy(self, now: float) -> None:
        """Remove what killed processes have left on its way."""
        for path in self._coming.iterdir() if self._coming.is_dir() else ():
            with suppress(OSError):
                if now - path.stat().st_mtime > LONGEST_S:
                    path.unlink()

    def forget(self, name: str) -> None:
        """Remove a file, and the folders in which nothing else is."""
        for top in (self._notes, self.files):
            if (top / name).is_dir():
                return
            (top / name).unlink(missing_ok=True)
            with suppress(OSError):
                for folder in (top / name).parents:
                    if folder == top:
                        break
                    folder.rmdir()

    def of_notes(self) -> Iterator[tuple[float, int, str]]:
        """When each file that is held was last used, its bytes, and its name."""
        for name in _below(self._notes):
            with suppress(OSError):
                yield (self._notes / name).stat().st_mtime, (self.files / name).stat().st_size, name

    def give_up(self, name: str, used_at: float) -> bool:
        """Give up the contents of a file that nobody has used since; whether that was so."""
        with self.locked(name, wait=False) as is_free:
            try:
                if not is_free or (self._notes / name).stat().st_mtime != used_at:
                    return False
                self.empty(name, (self.files / name).stat().st_size)
            except OSError:
                return False
        return True


class Room:
    """Keeps what all folders of a cache hold within a bound, by giving up what was not used for longest.

    Args:
        cache: the folder of these folders.
        most_bytes: the bound. What was asked for within `UNUSED_S` is kept beyond it.
    """

    def __init__(self, cache: Path, most_bytes: int) -> None:
        self._cache = cache
        self.most_bytes = most_bytes
        self._unscanned = most_bytes

    def make(self, coming: int, now: float) -> None:
        """Make room for a file, if it is time to look.

        Args:
            coming: its bytes.
            now: seconds since 1970.
        """
        self._unscanned += coming
        if self._unscanned * _SCANS < self.most_bytes:
            return
        self._unscanned = 0
        folders = [CachedFolder(path) for path in self._cache.iterdir() if path.is_dir()]
        held = sorted(((*one, folder) for folder in folders for one in folder.of_notes()), key=lambda one: one[0])
        total = coming + sum(size for _, size, _, _ in held)
        for used_at, size, name, folder in held:
            if total <= self.most_bytes or now - used_at < UNUSED_S:
                return
            total -= size if folder.give_up(name, used_at) else 0


def _make_empty(path: Path, size: int) -> None:
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _CLOSED)
    try:
        os.truncate(handle, size)
    finally:
        os.close(handle)


def _replace(coming: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    coming.replace(path)


def _below(top: Path) -> Iterator[str]:
    for folder, _, names in os.walk(top):
        within = Path(folder).relative_to(top)
        yield from ((within / name).as_posix() for name in names)
