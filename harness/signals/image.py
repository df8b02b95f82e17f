"""Reads picture files as RGB pixels."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.signals import jpeg_scans
from harness.signals.decoder_messages import decoder_messages
from harness.signals.media import Image
from harness.signals.undecodable import undecodable

MAX_PIXELS = 100_000_000
MAX_IMAGE_BYTES = 64 * 2**20

_FORMATS = "a JPEG, PNG, WebP or BMP picture"
_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8"
_DARKEST = 4096
"""A 16-bit picture whose values all are lower holds values of 8 to 12 bits: it would be black."""

_MIN_ZERO_RUN = 64
_PIXELS_PER_ZERO = 8_192
"""A WebP picture of one colour holds a zero for each 10,000 of its pixels in a row; other pictures hold fewer."""


# A file that OpenCV cannot read becomes a row with a reason; its own warning would only clutter the terminal.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


def decode(path: Path) -> Image:
    """Read a JPEG, PNG, WebP or BMP file as 8-bit RGB; the orientation stored by the camera (EXIF) is applied.

    Transparency is dropped, grey is copied to three channels, 16 bits become 8. The size is read from the header
    first, so that a small file that would decode to a huge picture is refused without being decoded.

    Raises:
        Unscored: missing, unreadable or damaged (also where the decoder would fill in the damage), empty, over 64
            MiB or over 100 million pixels; 16 bits that hold only 8 to 12.
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
    with decoder_messages() as messages:
        pixels = _decoded(data, cv2.IMREAD_COLOR_RGB)
        deep = _decoded(data, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH) if _has_16_bits(data) else None
    if pixels is None:
        raise undecodable(path, _FORMATS)
    if _is_damaged(data, size[0] * size[1], messages):
        raise Unscored(Reason.UNREADABLE, "a damaged picture: parts of its data are missing or overwritten")
    if deep is not None and 0 < deep.max() < _DARKEST:
        raise Unscored(
            Reason.UNREADABLE,
            f"a 16-bit picture whose values end at {deep.max():,} of 65,535, which is black. Save it with 8 bits",
        )
    return Image(pixels)


def _decoded(data: bytes, flags: int) -> npt.NDArray[Any] | None:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if pixels is None or pixels.size == 0 else pixels


def _has_16_bits(data: bytes) -> bool:
    return data.startswith(_PNG) and data[24] == 16


def _is_damaged(data: bytes, num_pixels: int, messages: Sequence[str]) -> bool:
    """Whether a decoder filled in what it could not read; PNG has check sums, so that it is refused before."""
    if data.startswith(_JPEG):
        return jpeg_scans.is_damaged(data, messages)
    return data[8:12] == b"WEBP" and bytes(max(_MIN_ZERO_RUN, num_pixels // _PIXELS_PER_ZERO)) in data


def _size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the header; None if the format is not supported."""
    try:
        if data.startswith(_PNG):
            return _pair(">II", data, 16)
        if data.startswith(b"BM"):
            width, height = struct.unpack_from("<ii", data, 18)
            return abs(width), abs(height)
        if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
            return _webp_size(data)
        if data.startswith(_JPEG):
            return jpeg_scans.size(data)
    except (struct.error, IndexError):
        return None
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
