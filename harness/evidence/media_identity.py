"""The identity of a run's files: number, bytes and Merkle root; and the differences between two lists of files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from harness.evidence.merkle import merkle_root
from harness.files import canonical_bytes
from harness.tables.file_table import FileRead

MOST_NAMED = 5
_THREADS = 8


def media_identity(files: Sequence[FileRead], *, simulated: bool = False) -> dict[str, Any]:
    """The entry ``media`` of ``run.json``.

    Args:
        files: sorted by path; each row in canonical JSON is a leaf of the tree.
        simulated: whether the media were generated from the plan, which then identifies them.

    Returns:
        The numbers of ``files`` and ``bytes`` that were read, and the ``merkle_root``; the number of ``unread``
        files, if there are any, which are also in the tree; a ``note`` if there are none to read.
    """
    read = [file.size for file in files if file.size is not None]
    unread = len(files) - len(read)
    return {
        "files": len(read),
        "bytes": sum(read),
        "merkle_root": merkle_root(canonical_bytes(asdict(file)) for file in files),
        **({"unread": unread} if unread else {}),
        **({"note": "simulated: the media are made from the plan, no file is read"} if simulated else {}),
    }


@dataclass(frozen=True)
class FileDifferences:
    """The paths of files that differ from an earlier list: changed contents, missing, or added."""

    changed: Sequence[str]
    missing: Sequence[str]
    added: Sequence[str]

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.added)

    @property
    def text(self) -> str:
        """In words, with up to five names: ``7 changed (a, b, c, d and 3 more), 1 missing (e)``."""
        found = {"changed": self.changed, "missing": self.missing, "added": self.added}
        kinds = [(what, paths) for what, paths in found.items() if paths]
        room, parts = MOST_NAMED, []
        for later, (what, paths) in zip(reversed(range(len(kinds))), kinds, strict=True):
            shown = paths[: room - later]
            room -= len(shown)
            more = f" and {len(paths) - len(shown):,} more" if len(paths) > len(shown) else ""
            parts.append(f"{len(paths):,} {what} ({', '.join(shown)}{more})")
        return ", ".join(parts)


def file_differences(before: Iterable[FileRead], now: Mapping[str, FileRead]) -> FileDifferences:
    """Compare contents by path; files that are only in ``now`` are ignored."""
    pairs = [(file, now[file.path]) for file in before if file.path in now]
    return FileDifferences(
        changed=[old.path for old, new in pairs if old.sha256 and new.sha256 and old.sha256 != new.sha256],
        missing=[old.path for old, new in pairs if old.sha256 and not new.sha256],
        added=[old.path for old, new in pairs if not old.sha256 and new.sha256],
    )


def read_again(
    files: Sequence[FileRead], read: Callable[[str], FileRead], progress: Callable[[int, int], None]
) -> FileDifferences:
    """Read files again, in parallel, and compare.

    Args:
        files: as they were.
        read: path → the file as it is now; called in threads.
        progress: called with (files done, total).
    """
    now: dict[str, FileRead] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for done, file in enumerate(pool.map(read, [file.path for file in files]), start=1):
            now[file.path] = file
            progress(done, len(files))
    return file_differences(files, now)
