"""A folder at an address, by fsspec: listed, read and written object by object, never renamed.

An object of such a store appears whole or not at all, and can be made only where there is none. That is all that
is asked of a store. Errors of fsspec's packages, each of which has its own, become one kind with what to do next.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from harness.errors import HarnessError
from harness.files import atomic, write_bytes
from harness.remote.address import LOCAL, protocol_of
from harness.remote.store_errors import (
    BEYOND_ITS_END,
    NO_BUCKET,
    THERE_IS_ONE,
    StoreError,
    explained,
    means,
    status_of,
)

WHOLE_OR_NOT = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", *LOCAL)
"""Protocols of which an object appears whole or not at all, and can be made only where there is none."""

PATIENCE_S = 180.0
"""How long a store that does not answer any more is asked again before a command gives up."""

FIRST_S = 20.0
"""The same where a command asks it for the first time: the address may be wrong."""

_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_WRITTEN = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_VERSIONS = ("ETag", "md5Hash", "etag", "generation")
_QUOTE = '"'

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Stored:
    """An object: its bytes, what changes when they do, and when they were written, in seconds since 1970."""

    size: int
    version: str
    written: float


class Store:
    """The folder at an address.

    Args:
        address: such as ``s3://bucket/corpus``.

    Raises:
        StoreError: the package that reads such addresses is not installed, or there is none.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self._is_local = protocol_of(address) in LOCAL
        with self._told():
            try:
                from fsspec.core import url_to_fs
            except ImportError:
                raise StoreError(f"{address} needs fsspec: pip install 'emotion-harness[cloud]'.") from None
            self._fs, root = url_to_fs(address, use_listings_cache=False)
        self._root = str(root).rstrip("/")

    def found(self, below: str = "") -> dict[str, Stored]:
        """All objects, by their names below the address.

        Raises:
            StoreError: the store cannot be asked, has an object whose name cannot be that of a file, or has one at
                the address itself.
        """
        folder = f"{self._root}/{below}".rstrip("/")
        with self._told():
            self._fs.invalidate_cache()
            answer = self._fs.find(folder, detail=True)
        found = answer if isinstance(answer, dict) else {folder: {"type": "file"}}  # Azure's, of an object
        inside = [str(path) for path in found if str(path).startswith(f"{folder}/")]
        if not below and not inside and any(info.get("type") == "file" for info in found.values()):
            raise StoreError(f"{self.address}: this is an object and no folder. Give the folder that it is in.")
        named = {path.removeprefix(f"{self._root}/"): found[path] for path in inside}
        for name in named:
            self._require_name(name)
        left = ("/", ".part") if self._is_local else "/"  # a folder's own object; what a killed process has left
        return {name: _stored(info) for name, info in sorted(named.items()) if not name.endswith(left)}

    def one(self, name: str) -> Stored | None:
        """An object; None if there is none of this name."""
        with self._told():
            try:
                info = self._fs.info(self._path(name))
            except (FileNotFoundError, NotADirectoryError) as error:
                if means(error, NO_BUCKET):
                    raise
                return None
        return _stored(info) if info.get("type") == "file" else None

    def read(self, name: str, most: int) -> bytes:
        """The bytes of an object, no more than a bound of them."""
        with self._told(), self._still_there(name):
            try:
                return bytes(self._fs.cat_file(self._path(name), start=0, end=most))
            except Exception as error:
                if means(error, BEYOND_ITS_END) or status_of(error) == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    return b""
                raise

    def get(self, name: str, path: Path, stored: Stored) -> None:
        """Copy an object into a file, which appears whole, and only with the contents that are asked for.

        Args:
            name: of the object.
            path: of the file.
            stored: what the store has said of it.

        Raises:
            StoreError: the store cannot be asked, or the object is another one by now. Ask for it again.
            OSError: the file cannot be written.
        """
        with atomic(path) as partial:
            with self._told(), self._still_there(name):
                self._fs.get_file(self._path(name), str(partial))
            size = partial.stat().st_size
            if size != stored.size:
                raise StoreError(
                    f"{self.address}/{name}: {size:,} bytes came instead of {stored.size:,}: it was changed while "
                    "it was read, or the connection ended.",
                    may_pass=True,
                )
            # A large object, or one whose connection broke, comes in several requests.
            if not _is_hashed_as(partial, stored) and (now := self.one(name)) and now.version != stored.version:
                raise StoreError(f"{self.address}/{name}: it was changed while it was read.", may_pass=True)

    def put(self, path: Path, name: str) -> None:
        """Copy a file into an object, which appears whole.

        Raises:
            FileNotFoundError: there is no such file any more.
        """
        if not path.is_file():
            raise FileNotFoundError(path)
        with self._told():
            if self._is_local:
                with atomic(Path(self._path(name))) as partial:
                    shutil.copyfile(path, partial)
            else:
                self._fs.put_file(str(path), self._path(name))

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        with self._told():
            if self._is_local:
                write_bytes(data, Path(self._path(name)))
            else:
                self._fs.pipe_file(self._path(name), data)

    def create(self, name: str, data: bytes) -> bool:
        """Write an object if there is none of this name; whether there was none.

        A store may pretend: `require_creates` finds out.
        """
        with self._told():
            try:
                if self._is_local:
                    _link_new(data, Path(self._path(name)))
                else:
                    self._fs.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
            except Exception as error:
                if means(error, THERE_IS_ONE):
                    return False
                raise
        return True

    def require_creates(self, name: str, data: bytes) -> None:
        """Check that the store does not make an object where there is one.

        Args:
            name: of an object that is there.
            data: its bytes; a store that pretends writes them again.

        Raises:
            StoreError: it does, or cannot be asked.
        """
        if self.create(name, data):
            raise StoreError(
                f"{self.address}: this store does not refuse to make an object where there is one, so that two "
                f"machines could write a run at once. Write it into a folder of this machine, and copy that."
            )

    def delete(self, name: str) -> None:
        """Delete an object; nothing if there is none."""
        with self._told(), suppress(FileNotFoundError):
            self._fs.rm_file(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _require_name(self, name: str) -> None:
        parts = PurePosixPath(name).parts
        if name.startswith("/") or ".." in parts or "\0" in name or "//" in name or not parts:
            raise StoreError(f"{self.address}: the object {name!r} has a name that no file can have. Rename it.")

    @contextmanager
    def _still_there(self, name: str) -> Iterator[None]:
        """An object that was deleted since it was seen."""
        try:
            yield
        except FileNotFoundError as error:
            if means(error, NO_BUCKET):
                raise
            raise StoreError(f"{self.address}/{name}: it was deleted a moment ago.", may_pass=True) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever fails at the store, in one sentence."""
        try:
            yield
        except HarnessError:
            raise
        except Exception as error:
            raise explained(self.address, error) from error


def patiently(ask: Callable[[], Answer], patience_s: float = PATIENCE_S) -> Answer:
    """Ask a store again while it does not answer.

    Raises:
        StoreError: it has not answered for so long, or an answer will not become another.
    """
    end, pauses = time.monotonic() + patience_s, iter(_PAUSES_S)
    while True:
        try:
            return ask()
        except StoreError as error:
            if not error.may_pass or time.monotonic() > end:
                raise
        time.sleep(next(pauses, _PAUSES_S[-1]))


def _stored(info: Mapping[str, Any]) -> Stored:
    size = int(info.get("size") or 0)
    written = _seconds(next((info[key] for key in _WRITTEN if info.get(key) is not None), None))
    stated = next((str(info[key]) for key in _VERSIONS if info.get(key) is not None), str(written))
    return Stored(size, f"{size}-{stated.replace(_QUOTE, '')}", written)


def _seconds(stamp: object) -> float:
    if isinstance(stamp, datetime):
        return stamp.timestamp()
    if isinstance(stamp, str):
        with suppress(ValueError):
            return datetime.fromisoformat(stamp).timestamp()
    return float(stamp) if isinstance(stamp, int | float) else 0.0


def _is_hashed_as(path: Path, stored: Stored) -> bool:
    """Whether the version of an object is the MD5 of a file, as that of most objects is."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False))
    spelled = (digest.hexdigest(), b64encode(digest.digest()).decode())
    return stored.version.partition("-")[2] in spelled


def _link_new(data: bytes, path: Path) -> None:
    """Make a file that appears whole, also on NFS: a link to a new name fails where there is one."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    write_bytes(data, partial)
    try:
        os.link(partial, path)
    finally:
        partial.unlink()
