"""How much sound a file's header declares, and whether that much is there.

Who writes a sound file into a pipe cannot go back to its header: the length there stays 0 or is a placeholder,
such as 0x7ffff000 (SoX), 0x80000000 (arecord) or 0xffffffff (FFmpeg), and an MP3 has no count of its frames.
Such a file is *streamed*: its sound goes on to the end of the file. libsndfile reads some of these as empty,
refuses others, and of an MP3 guesses the length from its first frame, so it is given a header with the true
length instead. A file with less sound than an ordinary length in its header is cut short.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from harness.errors import Reason, Unscored
from harness.signals.mpeg_frames import count_header
from harness.signals.ogg_pages import is_cut_page

PLACEHOLDER = 0x7FFF_0000
"""Where the file is shorter, such a length is a placeholder: 2 GiB less what writers take off for their header."""

NO_LENGTH = 2**36 - 1
"""Stands for a length that is not known before the end: the largest number of frames that a FLAC file can state.
libsndfile reports more where it states none."""

MAX_HEADER_BYTES = 16 * 2**20
_MAX_CHUNKS = 1_000
_MAX_MISSING = 0.01


class Rewritten(io.RawIOBase):
    """A file whose beginning is replaced: `head`, then the file from `offset` on."""

    def __init__(self, head: bytes, file: IO[bytes], offset: int) -> None:
        self._head, self._file, self._offset = head, file, offset
        self._length = len(head) + file.seek(0, io.SEEK_END) - offset
        self._at = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, origin + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as the file goes."""
        wanted = len(buffer)
        data = self._head[self._at : self._at + wanted]
        if len(data) < wanted:
            self._file.seek(self._offset + self._at + len(data) - len(self._head))
            data += self._file.read(wanted - len(data))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Declared(NamedTuple):
    """Where a header states the length of the sound, and what it states.

    Attributes:
        at: where the field begins, in bytes.
        layout: of the field, as `struct` writes it.
        start: where the sound begins, in bytes.
        size: the length that is stated, in bytes from `start`.
        extra: what the field counts besides the sound, in bytes.
    """

    at: int
    layout: str
    start: int
    size: int
    extra: int = 0


@contextmanager
def opened(path: Path) -> Iterator[Path | Rewritten]:
    """What libsndfile should read: the file itself, or a streamed one with the length that it has.

    Raises:
        Unscored: the file is cut short.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        yield _rewritten(file) or path


def _rewritten(file: IO[bytes]) -> Rewritten | None:
    """The file with its true length, if it is streamed."""
    start = file.read(16)
    if is_cut_page(file, start):
        raise cut_short()
    if (count := count_header(file, start)) is not None:
        return Rewritten(count.frame, file, count.start)
    declared = next((read(file) for signature, read in _CONTAINERS if start.startswith(signature)), None)
    if declared is None:
        return None
    available = file.seek(0, io.SEEK_END) - declared.start
    if not _is_streamed(file, declared, available):
        if available < declared.size * (1 - _MAX_MISSING):
            raise cut_short()
        return None
    if declared.start > MAX_HEADER_BYTES:
        return None
    file.seek(0)
    head = bytearray(file.read(declared.start))
    struct.pack_into(declared.layout, head, declared.at, available + declared.extra)
    return Rewritten(bytes(head), file, declared.start)


def cut_short() -> Unscored:
    """The exception for a file with less sound than its header says."""
    return Unscored(Reason.UNREADABLE, "the file is cut short: it ends before the length in its header")


def _is_streamed(file: IO[bytes], declared: Declared, available: int) -> bool:
    if declared.size == 0:
        return available > 0 and not _goes_on_with_chunks(file, declared)
    return declared.size > available and declared.size >= PLACEHOLDER


def _goes_on_with_chunks(file: IO[bytes], declared: Declared) -> bool:
    """Whether a RIFF file without sound ends with chunks such as ``LIST``, rather than with sound."""
    end = file.seek(0, io.SEEK_END)
    found = list(_chunks(file, declared.start, f"{declared.layout[0]}4sI", 8))
    return declared.layout in ("<I", ">I") and all(kind.isalnum() and at + size <= end for kind, at, size in found)


def _riff(file: IO[bytes]) -> Declared | None:
    found = _chunk(file, b"data", 12, "<4sI", 8)
    if found is None or found.size != 0xFFFF_FFFF:
        return found
    file.seek(0)
    if file.read(4) != b"RF64":
        return found
    long = _chunk(file, b"ds64", 12, "<4sI", 8)
    if long is None:
        return found
    file.seek(long.start + 8)  # after the length of the whole file (EBU Tech 3306)
    (size,) = struct.unpack("<Q", file.read(8).ljust(8, b"\0"))
    return Declared(long.start + 8, "<Q", found.start, size)


def _rifx(file: IO[bytes]) -> Declared | None:
    """RIFF with its numbers the other way round."""
    return _chunk(file, b"data", 12, ">4sI", 8)


def _aiff(file: IO[bytes]) -> Declared | None:
    found = _chunk(file, b"SSND", 12, ">4sI", 8)
    return found and found._replace(start=found.start + 8, size=max(0, found.size - 8), extra=8)


def _au(file: IO[bytes]) -> Declared:
    file.seek(4)
    start, size = struct.unpack(">II", file.read(8).ljust(8, b"\0"))
    return Declared(8, ">I", start, size)


def _caf(file: IO[bytes]) -> Declared | None:
    found = _chunk(file, b"data", 8, ">4sQ", 12)
    return found and found._replace(start=found.start + 4, size=max(0, found.size - 4), extra=4)


def _w64(file: IO[bytes]) -> Declared | None:
    """Sizes here count the head of their chunk (Sonic Foundry), and chunks begin at multiples of 8."""
    at = 40
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(24)
        if len(head) < 24:
            return None
        (size,) = struct.unpack_from("<Q", head, 16)
        if head.startswith(b"data"):
            return Declared(at + 16, "<Q", at + 24, max(0, size - 24), extra=24)
        at += max(24, -(-size // 8) * 8)
    return None


def _chunk(file: IO[bytes], wanted: bytes, at: int, layout: str, length: int) -> Declared | None:
    """The first chunk of a kind among those that follow one another from `at` on."""
    size_layout = layout[0] + layout[-1]
    for kind, start, size in _chunks(file, at, layout, length):
        if kind == wanted:
            return Declared(start - struct.calcsize(size_layout), size_layout, start, size)
    return None


def _chunks(file: IO[bytes], at: int, layout: str, length: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and size of chunks; they are padded to even lengths where sizes have 32 bits (EA IFF 85)."""
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(length)
        if len(head) < length:
            return
        kind, size = struct.unpack(layout, head)
        yield kind, at + length, size
        at += length + size + (size % 2 if length == 8 else 0)


_CONTAINERS: tuple[tuple[bytes, Callable[[IO[bytes]], Declared | None]], ...] = (
    (b"RIFF", _riff),
    (b"RF64", _riff),
    (b"RIFX", _rifx),
    (b"FORM", _aiff),
    (b".snd", _au),
    (b"caff", _caf),
    (b"riff", _w64),
)
