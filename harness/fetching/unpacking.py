"""Unpacking of archives that anybody may have made: nothing outside the folder, no links, no bombs."""

from __future__ import annotations

import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from harness.errors import HarnessError
from harness.fetching.disk_space import bytes_left

MAX_MEMBERS = 2_000_000
MAX_RATIO = 200
"""Unpacked bytes to those of the archive: beyond `SMALL_BYTES`, no recording or picture shrinks as much."""

SMALL_BYTES = 100 * 10**6
CHUNK_BYTES = 2**20
MAX_NAME_BYTES = 255
"""Of a folder or file, on most file systems."""

MAX_HEAD_BYTES = 2**20
_WHOLE_HEADS = (
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
)
_ZIP_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")

_BROKEN = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(EOFError, NotImplementedError, RuntimeError, ValueError, UnicodeError),
)


class BrokenArchiveError(HarnessError):
    """What came is no archive, or is damaged: another copy may be whole."""


def unpack(archive: Path, folder: Path, strip: int = 0) -> int:
    """Unpack a zip or tar archive; what is there already is overwritten.

    Args:
        archive: zip, tar, or tar compressed by gzip, bzip2 or xz.
        folder: in which everything is written.
        strip: so many leading folders of each name are left out, such as the one in archives of repositories.

    Returns:
        The number of files.

    Raises:
        BrokenArchiveError: it is damaged, empty or no such archive.
        HarnessError: it holds a link, a device, a name that leads out of the
            folder, one file twice, or more than the disk or `MAX_RATIO` allow.
    """
    left = min(bytes_left(folder), max(SMALL_BYTES, MAX_RATIO * archive.stat().st_size))
    written: set[str] = set()
    try:
        with _opened(archive) as members:
            for number, member in enumerate(members):
                if number >= MAX_MEMBERS:
                    raise HarnessError(f"{archive}: more than {MAX_MEMBERS:,} files.")
                path = _inside(member, strip, archive)
                if path is None:
                    continue
                if path.as_posix().casefold() in written:
                    raise HarnessError(f"{archive}: {member.name!r:.200} stands in it twice.")
                written.add(path.as_posix().casefold())
                left -= _write(member, folder / path, left, archive)
    except _BROKEN as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise BrokenArchiveError(f"{archive}: cannot be unpacked ({said:.300}).") from None
    except OSError as error:
        raise HarnessError(f"{archive}: cannot be unpacked to {folder} ({error.strerror or error}).") from None
    if not written:
        raise BrokenArchiveError(f"{archive}: there is no file in it.")
    return len(written)


class _Opens(Protocol):
    def __call__(self) -> AbstractContextManager[IO[bytes]]: ...


@dataclass(frozen=True)
class _Member:
    """A file or folder of an archive; `open` is None for a folder."""

    name: str
    open: _Opens | None


class _BoundedInfo(tarfile.TarInfo):
    """A head that is read into memory as a whole, such as that of a long name, is bounded."""

    def _proc_member(self, opened: tarfile.TarFile) -> Any:
        if self.type in _WHOLE_HEADS and self.size > MAX_HEAD_BYTES:
            raise tarfile.ReadError(f"a head of {self.size:,} bytes")
        return super()._proc_member(opened)  # type: ignore[misc] # private, and the only place to look


@contextmanager
def _opened(archive: Path) -> Iterator[Iterator[_Member]]:
    with archive.open("rb") as file:  # a tar may end with a zip, which zipfile.is_zipfile takes for the whole
        is_zip = file.read(4) in _ZIP_BEGINS
    if is_zip:
        with zipfile.ZipFile(archive) as opened:
            yield _of_zip(opened, archive)
    else:
        with tarfile.open(archive, tarinfo=_BoundedInfo) as opened_tar:
            yield _of_tar(opened_tar, archive)


def _of_zip(opened: zipfile.ZipFile, archive: Path) -> Iterator[_Member]:
    for info in opened.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise HarnessError(f"{archive}: {info.filename!r:.200} is a link or a device, refused.")
        yield _Member(info.filename, None if info.is_dir() else lambda info=info: opened.open(info))


def _of_tar(opened: tarfile.TarFile, archive: Path) -> Iterator[_Member]:
    for info in opened:
        if not (info.isreg() or info.isdir()):
            raise HarnessError(f"{archive}: {info.name!r:.200} is a link or a device, refused.")

        def read(info: tarfile.TarInfo = info) -> AbstractContextManager[IO[bytes]]:
            file = opened.extractfile(info)
            assert file is not None
            return file

        yield _Member(info.name, None if info.isdir() else read)


def _inside(member: _Member, strip: int, archive: Path) -> Path | None:
    """The path of a file below the folder; None for folders, and for what is left out."""
    parts = member.name.split("/")
    if parts[:1] == ["."]:
        parts = parts[1:]
    if member.open is None:
        parts = [part for part in parts if part]
    problem = any(
        part in ("", ".", "..") or "\\" in part or "\0" in part or len(part.encode("utf-8")) > MAX_NAME_BYTES
        for part in parts
    )
    if problem or (parts and parts[0].endswith(":")):
        raise HarnessError(f"{archive}: the name {member.name!r:.200} leads out of the folder or is none.")
    return Path(*parts[strip:]) if member.open is not None and len(parts) > strip else None


def _write(member: _Member, path: Path, most: int, archive: Path) -> int:
    """Write a file; its bytes."""
    assert member.open is not None
    path.parent.mkdir(parents=True, exist_ok=True)
    num_bytes = 0
    with member.open() as source, path.open("wb") as file:
        while chunk := source.read(CHUNK_BYTES):
            num_bytes += len(chunk)
            if num_bytes > most:
                raise HarnessError(
                    f"{archive}: unpacked it is larger than the disk, or than {MAX_RATIO} times its own size."
                )
            file.write(chunk)
    return num_bytes
