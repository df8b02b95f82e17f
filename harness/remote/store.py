"""A folder at an address, by fsspec: listed, read and written object by object, never renamed.

An object of such a store appears whole or not at all, and can be made only where there is none. That is all that
is asked of a store. Errors of fsspec's packages, each of which has its own, become one kind with what to do next.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from harness.errors import HarnessError
from harness.files import atomic, write_bytes
from harness.remote.address import LOCAL, protocol_of

WHOLE_OR_NOT = ("s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", *LOCAL)
"""Protocols of which an object appears whole or not at all, and can be made only where there is none."""

PATIENCE_S = 180.0
"""How long a store that does not answer any more is asked again before a command gives up."""

FIRST_S = 20.0
"""The same where a command asks it for the first time: the address may be wrong."""

_PAUSES_S = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_WRITTEN = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_VERSIONS = ("ETag", "etag", "generation", "md5Hash")
_QUOTE = '"'
_PACKAGES = {"gs": "gcsfs", "gcs": "gcsfs", "abfs": "adlfs", "abfss": "adlfs", "az": "adlfs"}
_NO_BUCKET = ("NoSuchBucket", "bucket does not exist", "ContainerNotFound")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_KEYS = ("NoCredentialsError", "PartialCredentialsError", "DefaultCredentialsError", "TokenRetrievalError")

Answer = TypeVar("Answer")


class StoreError(HarnessError):
    """A store cannot be used.

    Args:
        message: for the user.
        may_pass: whether the same may succeed later: the store did not answer.
    """

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


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
            StoreError: the store cannot be asked, or has an object whose name cannot be that of a file.
        """
        folder = f"{self._root}/{below}".rstrip("/")
        with self._told():
            self._fs.invalidate_cache()
            found = self._fs.find(folder, detail=True)
        named = {str(path).removeprefix(f"{self._root}/"): info for path, info in found.items()}
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
                if _means(error, _NO_BUCKET):
                    raise
                return None
        return _stored(info) if info.get("type") == "file" else None

    def read(self, name: str, most: int) -> bytes:
        """The bytes of an object, no more than a bound of them."""
        with self._told():
            return bytes(self._fs.cat_file(self._path(name), start=0, end=most))

    def get(self, name: str, path: Path, size: int) -> None:
        """Copy an object into a file, which appears whole.

        Raises:
            StoreError: the store cannot be asked, or gives another number of bytes than it says that there are.
            OSError: the file cannot be written.
        """
        with atomic(path) as partial:
            with self._told():
                self._fs.get_file(self._path(name), str(partial))
            if partial.stat().st_size != size:
                raise StoreError(
                    f"{self.address}/{name}: {partial.stat().st_size:,} bytes came instead of {size:,}: it was "
                    "changed while it was read, or the connection ended.",
                    may_pass=True,
                )

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
        """Write an object if there is none of this name; whether there was none."""
        with self._told():
            try:
                if self._is_local:
                    _link_new(data, Path(self._path(name)))
                else:
                    self._fs.pipe_file(self._path(name), data, mode="create")
            except FileExistsError:
                return False
        return True

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
    def _told(self) -> Iterator[None]:
        """Whatever fails at the store, in one sentence."""
        try:
            yield
        except HarnessError:
            raise
        except Exception as error:
            raise self._explained(error) from error

    def _explained(self, error: Exception) -> StoreError:
        address, protocol = self.address, protocol_of(self.address)
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        if isinstance(error, ImportError):
            package = _PACKAGES.get(protocol, f"the package of fsspec for {protocol}")
            needed = "'emotion-harness[cloud]'" if protocol.startswith("s3") else package
            return StoreError(f"{address}: {protocol}:// needs a package: pip install {needed} ({error}).")
        if isinstance(error, ValueError) and "rotocol not known" in str(error):
            return StoreError(f"{address}: no such protocol. Known are s3, gs, abfs, file and others of fsspec.")
        if _means(error, _NO_BUCKET):
            return StoreError(f"{address}: there is no such bucket. Make it first, or check the name.")
        if isinstance(error, OSError) and error.errno in _NO_SPACE:
            return StoreError(f"{address}: no space left here ({error}). Make room and repeat the command.")
        if isinstance(error, PermissionError):
            return StoreError(f"{address}: the store denies this ({why}). Check the keys and what they may do.")
        if _means(error, _NO_KEYS):
            return StoreError(
                f"{address}: no keys for the store are set ({why}). For s3: AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, or a profile."
            )
        if isinstance(error, FileNotFoundError):
            return StoreError(f"{address}: not found ({why}).")
        return StoreError(
            f"{address}: the store does not answer as it should ({why}). Check that it can be reached (of s3 "
            "that is not Amazon's, AWS_ENDPOINT_URL) and repeat the command.",
            may_pass=True,
        )


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


def _means(error: BaseException, words: tuple[str, ...]) -> bool:
    """Whether an error, or one that it came of, names one of some things."""
    seen: BaseException | None = error
    while seen is not None:
        if any(word in f"{type(seen).__name__} {seen}" for word in words):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _link_new(data: bytes, path: Path) -> None:
    """Make a file that appears whole, also on NFS: a link to a new name fails where there is one."""
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    write_bytes(data, partial)
    try:
        os.link(partial, path)
    finally:
        partial.unlink()
