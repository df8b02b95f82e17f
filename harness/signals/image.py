"""Reads picture files as RGB pixels."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np

from harness.errors import Reason, Unscored
from harness.signals.media import Image
from harness.signals.undecodable import undecodable

MAX_PIXELS = 100_000_000
MAX_IMAGE_BYTES = 64 * 2**20

_FORMATS = "a JPEG, PNG, WebP or BMP picture"
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})

# A file that OpenCV cannot read becomes a row with a reason; its own warning would only clutter the terminal.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def decode(path: Path) -> Image:
    """Read a JPEG, PNG, WebP or BMP file as 8-bit RGB; the orientation stored by the camera (EXIF) is applied.

    Transparency is dropped, grey is copied to three channels, 16 bits become 8. The size is read from the header
    first, so that a small file that would decode to a huge picture is refused without being decoded.

    Raises:
        Unscored: missing, unreadable or damaged, empty, over 64 MiB or over 100 million pixels.
    """
    try:
        if path.stat().st_size > MAX_IMAGE_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_IMAGE_BYTES // 2**20} MiB")
        data = path.read_bytes()
    except OSError:
        raise undecodable(path, _FORMATS) from None
    size = _size(data)
    if size is None:
        raise undecodable(path, _FORMATS)
    if size[0] * size[1] > MAX_PIXELS:
        raise Unscored(Reason.TOO_LARGE, f"{size[0]}x{size[1]} pixels; at most {MAX_PIXELS:,} in all")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        pixels = None
    if pixels is None or pixels.size == 0:
        raise undecodable(path, _FORMATS)
    return Image(pixels)


def _size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header; None if the format is not supported."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n"):
            return _pair(">II", data, 16)
        if data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
            return abs(width), abs(height)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp_size(data)
        if data.startswith(b"\xff\xd8"):
            return _jpeg_size(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Walk the segments to the start of frame (ITU-T T.81, B.1.1.4 and B.2.2)."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _START_OF_FRAME:
            height, width = _pair(">HH", data, at + 5)
            return width, height
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        else:
            at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """The three kinds of first chunk (RFC 9649, sections 2.5 to 2.7; RFC 6386, section 9.1, for lossy)."""
    if data[12:16] == b"VP8 ":
        width, height = _pair("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if data[12:16] == b"VP8L":
        bits = int(struct.unpack_from("<I", data, 21)[0])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _pair(layout: str, data: bytes, at: int) -> tuple[int, int]:
    first, second = struct.unpack_from(layout, data, at)
    return int(first), int(second)
