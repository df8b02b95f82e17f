"""A run at an address, and its copy in a folder of this machine: what is sent and fetched, and in which order.

The address never holds what is not whole, and nothing that rests on what is not there yet:

- the plan and the tables of the run come first, then its logs, then the shards of its journal, ``run.json`` last;
- a shard is an object of its own, named by its contents, and never written again;
- a log (``*.jsonl``), to which lines are added, is sent in pieces that are never written again,
  ``NAME.LEASE.OFFSET``: of two writers, one of whom was taken for dead, neither replaces what the other sent;
- what is gone here is deleted there only if it is of the journal, and was gone twice in a row: shards that were
  merged are not listed any more, and what they became need not be listed yet.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from harness.errors import HarnessError
from harness.files import MAX_TABLE_BYTES, write_bytes
from harness.remote.lease import LEASES
from harness.remote.store import Store, Stored
from harness.remote.store_errors import StoreError

_JOURNAL = ".journal/"
_LAST = "run.json"
_PIECE = re.compile(r"(?P<log>.+[.]jsonl)(?:[.](?P<lease>\d{8})[.](?P<offset>\d{16}))?")
_AT_ONCE = 8
_MOST_PIECE = 64 * 2**20

Signature = tuple[int, int, int]
"""Size, time and inode: another one after whatever was written."""


_GONE: Signature = (0, 0, 0)


class RunCopy:
    """The copy of a run in a folder of which the caller holds the lock.

    Args:
        store: at the address of the run.
        folder: of the copy.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder
        self._sent: dict[str, Signature] = {}
        self._pieces: dict[str, dict[str, int]] = {}
        self._there_before: set[str] = set()

    def pull(self) -> None:
        """Replace the folder by what is at the address.

        Raises:
            HarnessError: the store cannot be asked, or holds what no run holds.
            OSError: the folder cannot be written.
        """
        found = of_run(self._store)
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        fetch_run(self._store, self._folder, found)
        self._know(found)
        here = self._here()
        self._sent = {name: state for name, state in here.items() if name in found}
        self._there_before = set(here)

    def keep(self) -> bool:
        """Go on with the folder, which only this machine has written; False if it is not what was sent.

        Shards are not sent again; anything else is, as it may have been written after it was sent. What was lost
        here, such as by somebody who tidied the cache, comes back; but not the journal of a run that is complete.
        """
        found = of_run(self._store)
        self._know(found)
        here = self._here()
        if _LAST not in here and not all(self._begins(log, pieces) for log, pieces in self._pieces.items()):
            return False
        absent = [name for name in found if name not in here and not _log_of(name)]
        wanted = [name for name in absent if _LAST not in here or not name.startswith(_JOURNAL)]
        fetch_run(self._store, self._folder, {name: found[name] for name in wanted})
        here = self._here()
        self._sent = {name: here.get(name, _GONE) for name in found if not _log_of(name)}
        self._sent = {name: state for name, state in self._sent.items() if _is_shard(name) or state == _GONE}
        self._there_before = set(here)
        return True

    def push(self, lease: int, require: Callable[[], object]) -> None:
        """Send what is new in the folder, and delete what was merged or has served.

        Args:
            lease: the number of the lease by which this is written.
            require: called before ``run.json`` is sent; whatever it raises keeps the run from being complete.

        Raises:
            HarnessError: the store cannot be asked; what was sent is consistent.
        """
        here = self._here()
        changed = [name for name, state in here.items() if self._sent.get(name) != state and not _is_log(name)]
        shards = [name for name in changed if _is_shard(name)]
        first = [name for name in changed if name != _LAST and name not in shards]
        self._send([name for name in first if name == "plan.yaml"], here)
        self._send(first, here)
        for log in [name for name in here if _is_log(name)]:  # after the shards were listed that rest on them
            self._send_log(log, lease)
        self._send(shards, here)
        if _LAST in changed:
            require()
            self._send([_LAST], here)
        self._delete_gone(set(here))
        self._there_before = set(here)

    def _send(self, names: Iterable[str], here: Mapping[str, Signature]) -> None:
        def send(name: str) -> None:
            try:
                self._store.put(self._folder / name, name)
            except (FileNotFoundError, StoreError):
                if not (self._folder / name).exists():  # merged since it was listed
                    return
                raise
            self._sent[name] = here[name]

        names = [name for name in names if self._sent.get(name) != here[name]]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(send, names))

    def _send_log(self, log: str, lease: int) -> None:
        pieces = self._pieces.setdefault(log, {})
        while True:
            offset = sum(pieces.values())
            try:
                with (self._folder / log).open("rb") as file:
                    file.seek(offset)
                    data = file.read(_MOST_PIECE)
            except FileNotFoundError:  # it has served since it was listed
                return
            data = data[: data.rfind(b"\n") + 1]
            if not data:
                return
            name = f"{log}.{lease:08d}.{offset:016d}"
            self._store.write(name, data)
            pieces[name] = len(data)

    def _delete_gone(self, here: set[str]) -> None:
        kept = here | self._there_before
        gone = [name for name in self._sent if name not in kept and name.startswith(_JOURNAL)]
        logs = [log for log in self._pieces if log not in kept]
        for name in [*gone, *(piece for log in logs for piece in self._pieces[log])]:
            self._store.delete(name)
        for name in gone:
            del self._sent[name]
        for log in logs:
            del self._pieces[log]

    def _begins(self, log: str, pieces: Mapping[str, int]) -> bool:
        """Whether a log here begins with what was sent, which another writer, taken for dead, may have, too."""
        try:
            with (self._folder / log).open("rb") as file:
                return all(file.read(len(piece)) == piece for piece in _in_order(self._store, pieces))
        except FileNotFoundError:
            return False

    def _know(self, found: Mapping[str, Stored]) -> None:
        self._pieces = {}
        for name, stored in found.items():
            if log := _log_of(name):
                self._pieces.setdefault(log, {})[name] = stored.size

    def _here(self) -> dict[str, Signature]:
        here: dict[str, Signature] = {}
        for folder, _, names in os.walk(self._folder):
            for name in names:
                path = Path(folder) / name
                with suppress(OSError):
                    if name == ".lock" or name.endswith(".part") or path.is_symlink():
                        continue
                    state = path.stat()
                    key = path.relative_to(self._folder).as_posix()
                    here[key] = state.st_size, state.st_mtime_ns, state.st_ino
        return here


def of_run(store: Store) -> dict[str, Stored]:
    """The objects of a run.

    Raises:
        HarnessError: the store cannot be asked, or holds what no run holds.
    """
    found = {name: stored for name, stored in store.found().items() if not name.startswith(f"{LEASES}/")}
    for name, stored in found.items():
        if stored.size > MAX_TABLE_BYTES or name == ".lock" or name.endswith(".part"):
            raise HarnessError(f"{store.address}: {name} ({stored.size:,} bytes) is no file of a run.")
    return found


def fetch_run(store: Store, folder: Path, found: Mapping[str, Stored]) -> None:
    """Copy objects of a run into a folder, logs from their pieces.

    Raises:
        HarnessError: the store cannot be asked.
        OSError: the folder cannot be written.
    """

    def fetch(name: str) -> None:
        store.get(name, folder / name, found[name])
        os.utime(folder / name, (found[name].written, found[name].written))

    pieces: dict[str, dict[str, int]] = {}
    for name, stored in found.items():
        if log := _log_of(name):
            pieces.setdefault(log, {})[name] = stored.size
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(fetch, [name for name in found if not _log_of(name)]))
    for log, of_log in pieces.items():
        write_bytes(b"".join(_in_order(store, of_log)), folder / log)


def _in_order(store: Store, pieces: Mapping[str, int]) -> list[bytes]:
    """The pieces of a log, of which the sizes are given."""

    def piece(name: str) -> bytes:
        data = store.read(name, pieces[name])
        if len(data) != pieces[name]:
            raise StoreError(
                f"{store.address}/{name}: {len(data):,} bytes came instead of {pieces[name]:,}.", may_pass=True
            )
        return data

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(piece, sorted(pieces, key=_order)))


def _order(name: str) -> tuple[int, int]:
    piece = _PIECE.fullmatch(name)
    assert piece is not None, "only pieces are put in order"
    return int(piece["lease"] or 0), int(piece["offset"] or 0)


def _log_of(name: str) -> str | None:
    piece = _PIECE.fullmatch(name)
    return piece["log"] if piece and name.startswith(_JOURNAL) else None


def _is_log(name: str) -> bool:
    return name.startswith(_JOURNAL) and name.endswith(".jsonl")


def _is_shard(name: str) -> bool:
    return name.startswith(_JOURNAL) and name.endswith(".parquet")
