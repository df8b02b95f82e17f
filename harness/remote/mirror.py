"""A dataset at an address, as a folder of this machine whose files come when they are read.

The folder has every name that the address has, so that readers list it as any other. A file is fetched by the
process that is about to read it. What was fetched stays, up to a bound, and is used again as long as the store
says that the object is the same (its size and ETag). On machines of a cluster that list nothing, the names come
with their files.
"""

from __future__ import annotations

import errno
import os
import posixpath
import secrets
import time
from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import sha256_bytes
from harness.first_use import apart
from harness.remote.cached_folder import LONGEST_S, CachedFolder, Held, Room
from harness.remote.store import FIRST_S, Store, Stored, patiently
from harness.remote.store_errors import StoreError
from harness.resources import cache_dir

MIRRORS = "mirrors"
CACHE_GIB = "HARNESS_CACHE_GIB"
_DEFAULT_GIB = 50.0


class Mirror:
    """The folder of an address. Picklable: a copy on another machine has a folder there.

    Args:
        address: see `harness.remote.address.remote_address`.
        most_bytes: a larger file is not fetched; it is there without its contents.
    """

    def __init__(self, address: str, most_bytes: int) -> None:
        self.address = address
        self._most_bytes = most_bytes
        self._opening = secrets.token_hex(8)
        self._known = ""
        self._has_known = False

    def __getstate__(self) -> dict[str, Any]:
        carried = ("address", "_most_bytes", "_opening", "_known")
        return {**{name: getattr(self, name) for name in carried}, "_has_known": False}

    @cached_property
    def folder(self) -> Path:
        """Where the files are on this machine."""
        return self._cached.files

    def list(self) -> None:
        """Give the folder the names that the address has now. What was fetched stays if it is still the same.

        Raises:
            StoreError: the store cannot be asked, or nothing is there.
        """
        found = patiently(self._store.found, FIRST_S)
        if not found:
            raise StoreError(f"{self.address}: nothing is there. Check the address.")
        cached = self._cached
        try:
            cached.files.mkdir(parents=True, exist_ok=True)
            here, held = cached.names(), cached.names_held()
            for name in here - found.keys():
                cached.forget(name)
            for name, stored in found.items():
                if name not in here:
                    cached.name(name, stored.size)
                elif name in held:
                    self._note_if_same(name, stored)
            cached.tidy(time.time())
            self._known, self._has_known = next(iter(found)), True
        except OSError as error:
            raise _unwritable(self.address, error) from error

    def fetch(self, name: str) -> None:
        """Have a file in the folder as it is at the address, or not at all if it is not there.

        Raises:
            StoreError: it cannot be fetched, which is no fact of the sample that is read.
        """
        name = posixpath.normpath(name)
        if name.startswith(("/", "..")) or "\0" in name:
            return
        try:
            with apart(LONGEST_S), self._cached.locked(name):
                held = self._cached.held(name)
                if held is not None and held.opening == self._opening:
                    self._cached.used(name)
                else:
                    patiently(lambda: self._renew(name, held))
        except OSError as error:
            raise _unwritable(self.address, error) from error

    def fetch_folder(self, uri: str, names: Collection[str]) -> None:
        """Fetch some files of a folder; the folder is there if the address has anything in it.

        Raises:
            StoreError: see `fetch`.
        """
        for name in names:
            self.fetch(f"{uri}/{name}")
        folder = self.folder / posixpath.normpath(uri)
        if not folder.is_dir() and patiently(lambda: self._store.found(uri)):
            folder.mkdir(parents=True, exist_ok=True)

    def _renew(self, name: str, held: Held | None) -> None:
        stored = self._store.one(name)
        if stored is None:
            self._require_known()
            self._cached.forget(name)
            return
        if stored.size > self._most_bytes:
            self._cached.empty(name, stored.size)
            return
        now_held = Held(stored.version, self._opening)
        if held is not None and held.version == stored.version:
            self._cached.note(name, now_held)
            return
        self._room.make(stored.size, time.time())
        coming = self._cached.coming()
        self._store.get(name, coming, stored)
        self._cached.put(coming, name, now_held)

    def _require_known(self) -> None:
        """Check once that what lacks a file is what was listed: this machine may be told of another store.

        Raises:
            StoreError: nothing is there.
        """
        if self._has_known or not self._known:
            return
        if self._store.one(self._known) is None and not self._store.found():
            raise StoreError(
                f"{self.address}: nothing is there, as {os.uname().nodename} sees it. Check what this machine is "
                "told of the store, such as in its environment."
            )
        self._has_known = True

    def _note_if_same(self, name: str, stored: Stored) -> None:
        """Spare the request to ask for a file again. One that has changed stays, as it may be being read."""
        with self._cached.locked(name):
            held = self._cached.held(name)
            if held is not None and held.version == stored.version:
                self._cached.note(name, Held(stored.version, self._opening))

    @cached_property
    def _store(self) -> Store:
        return Store(self.address)

    @cached_property
    def _cached(self) -> CachedFolder:
        return CachedFolder(cache_dir() / MIRRORS / sha256_bytes(self.address.encode())[:16])

    @cached_property
    def _room(self) -> Room:
        return Room(cache_dir() / MIRRORS, _most_bytes())


def _most_bytes() -> int:
    given = os.environ.get(CACHE_GIB, "")
    try:
        gib = float(given) if given else _DEFAULT_GIB
    except ValueError:
        gib = 0.0
    if not 0 < gib < 2**30:
        raise HarnessError(f"{CACHE_GIB}={given}: expected a number of GiB above 0.")
    return int(gib * 2**30)


def _unwritable(address: str, error: OSError) -> StoreError:
    """The folder here cannot take the files; an error of the disk would otherwise be taken for one of a sample."""
    advice = (
        f"Make room, set {CACHE_GIB} lower, or have the cache elsewhere (HARNESS_HOME)."
        if error.errno in (errno.ENOSPC, errno.EDQUOT)
        else "The names at the address must be possible on this machine's disk, and its cache writable."
    )
    return StoreError(f"{address}: its files cannot be kept here ({error}). {advice}")
