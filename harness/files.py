"""Files: paths that users type, bounded reading, atomic writing, and hashes of files and of JSON values.

Whatever comes from a user, or from somebody else's run folder, is read here or by a library that was given a path
from `regular`: it may be a pipe, a device, a link to one, or larger than the memory.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import stat
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator


def expanded(path: Path) -> Path:
    """The path with ``~`` replaced by the home folder, as shells do not do this in ``dataset.root=~/data``.

    Raises:
        ValueError: ``~name`` names nobody on this machine.
    """
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise ValueError(str(error)) from None


def require_reachable(path: Path) -> None:
    """Check that a path can be looked at, whether something is there or not; before "there is no such folder".

    Since Python 3.14 `Path.is_file` and `Path.is_dir` say no of whatever cannot be looked at.

    Raises:
        OSError: it has a name that is too long, lies in a folder that may not be read, or on a failing disk.
    """
    try:
        path.stat()
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            raise
    except ValueError:  # a zero byte: nothing can have this name
        return


UserPath = Annotated[Path, AfterValidator(expanded)]
"""A path among the choices of a config."""


MAX_DOCUMENT_BYTES = 64 * 2**20
"""No plan, record or card is larger."""

MAX_TABLE_BYTES = 4 * 2**30
"""No table is larger, neither a user's nor one of a run."""

_WIDEST_INTEGER = 2**63


def regular(path: Path) -> Path:
    """The path, if it is that of a file with an end: reading a pipe waits for ever, a device may never end.

    Raises:
        FileNotFoundError: there is nothing.
        ValueError: it is a folder, a pipe, a device or a socket.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise ValueError("it is not a regular file")
    return path


def is_inside(path: Path, folder: Path) -> bool:
    """Whether a path lies in a folder, links followed; links that form a circle lie nowhere."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):
        return False


def read_bytes(path: Path, most: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The bytes of a file, of which no more than a bound are read.

    Raises:
        OSError: it is absent or may not be read.
        ValueError: it is not a regular file, or over `most` bytes.
    """
    with regular(path).open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise ValueError(f"it is over {most // 2**20:,} MiB" if most >= 2**20 else f"it is over {most:,} bytes")
    return data


def read_text(path: Path, most: int = MAX_DOCUMENT_BYTES) -> str:
    """The text of a UTF-8 file, with or without a byte-order mark.

    Raises:
        OSError: it is absent or may not be read.
        ValueError: it is not a regular file, over `most` bytes or not UTF-8.
    """
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 text (byte {error.start})") from None


def text_lines(text: str) -> list[str]:
    """The lines of a text, which end as files of Windows, Unix or old Macs have them end.

    `str.splitlines` also ends a line at U+2028, a form feed and other characters, which a cell may well hold.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises:
        OSError: it is absent or may not be read.
        ValueError: it is not a regular file, too large or not JSON, is nested too deep, or holds NaN, an infinity,
            a key twice or a whole number beyond 64 bits.
    """
    return json_value(read_text(path))


def json_value(text: str) -> Any:
    """The value that a JSON text states.

    Raises:
        ValueError: it is not JSON, is nested too deep, or holds NaN, an infinity, a key twice or a whole number
            beyond 64 bits.
    """
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=whole_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None


def whole_number(text: str) -> int:
    """The whole number that a text states.

    Raises:
        ValueError: it states none, or one beyond 64 bits, which no table holds.
    """
    number = int(text) if len(text) < 40 else _WIDEST_INTEGER
    if not -_WIDEST_INTEGER <= number < _WIDEST_INTEGER:
        raise ValueError(f"a whole number beyond 64 bits: {text[:20]}…")
    return number


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice, _ = Counter(key for key, _ in pairs).most_common(1)[0]
        raise ValueError(f"the key {twice!r} stands twice")
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def write_bytes(data: bytes, path: Path) -> None:
    """Write a file atomically."""
    with atomic(path) as partial:
        partial.write_bytes(data)


def write_json(value: Any, path: Path) -> None:
    """Write an indented JSON document atomically."""
    write_bytes(json_bytes(value), path)


def json_bytes(value: Any) -> bytes:
    """The bytes of an indented JSON document, as `write_json` writes them."""
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


class atomic:  # noqa: N801 (used as a verb: ``with atomic(path) as partial``)
    """A temporary path next to ``path`` that replaces it if the block succeeds and is removed otherwise.

    Raises:
        FileExistsError: the path is that of a device or a pipe, whose place a file would take.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Path:
        require_in_place(self._path)
        _require_no_device(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", suffix=".part", dir=self._path.parent)
        except OSError as error:
            error.filename = str(self._path)  # the user did not name the temporary one
            raise
        os.close(handle)
        self._partial = Path(name)
        return self._partial

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        try:
            if isinstance(error, OSError) and error.filename in (None, str(self._partial)):
                error.filename = str(self._path)  # it is None if the disk is full
            if kind is None:
                with self._partial.open("rb") as file:
                    os.fsync(file.fileno())
                umask = os.umask(0)
                os.umask(umask)
                self._partial.chmod(0o666 & ~umask)
                require_in_place(self._path)
                self._partial.replace(self._path)
        finally:
            self._partial.unlink(missing_ok=True)


def _require_no_device(path: Path) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # absent, or found out when it is written
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise FileExistsError(errno.EEXIST, "a device or a pipe, which is not replaced by a file", str(path))


_KEPT: dict[Path, tuple[int, int]] = {}
"""Folders that this process works in, with their device and inode."""


@contextmanager
def kept_in_place(folder: Path) -> Iterator[None]:
    """For the block, write nothing into a folder that took the place of this one.

    A run whose folder is deleted or renamed would otherwise make it anew in part, or write into that of the run
    that was started in its place. Whatever else fails because of it, the error says what became of the folder.

    Raises:
        FileNotFoundError: it was deleted, renamed or replaced.
    """
    place = folder.resolve()
    _KEPT[place] = _identity(place)
    try:
        yield
    except Exception:
        require_in_place(place)
        raise
    finally:
        del _KEPT[place]


def require_in_place(path: Path) -> None:
    """Check before a file is written that the folder which this process works in is still there.

    Raises:
        FileNotFoundError: it was deleted, renamed or replaced.
    """
    resolved = path.absolute()
    for folder, identity in _KEPT.items():
        if resolved.is_relative_to(folder) and _identity(folder) != identity:
            raise FileNotFoundError(errno.ENOENT, "deleted, renamed or replaced while it was written", str(folder))


def _identity(folder: Path) -> tuple[int, int]:
    try:
        found = folder.stat()
    except OSError:
        return -1, -1
    return found.st_dev, found.st_ino


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal.

    Raises:
        OSError: it is absent or may not be read.
        ValueError: it is not a regular file.
    """
    with regular(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_sources(package: Path) -> str:
    """The SHA-256 of a package's Python files, their names and bytes, in the order of their names.

    A run that was started with different code is not continued, as its numbers would come from two programs.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0{sha256_bytes(path.read_bytes())}\n".encode())
    return digest.hexdigest()


@cache
def own_sources_sha256() -> str:
    """`sha256_sources` of this package, as its files were when the process first asked."""
    return sha256_sources(Path(__file__).parent)


def canonical_bytes(value: Any) -> bytes:
    """The canonical form of a JSON value for hashing: sorted keys, no white space, UTF-8; NaN is refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def canonical_hash(value: Any) -> str:
    """The SHA-256 of a JSON value in its canonical form."""
    return sha256_bytes(canonical_bytes(value))


def sha256_bytes(data: bytes) -> str:
    """The SHA-256 of some bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
