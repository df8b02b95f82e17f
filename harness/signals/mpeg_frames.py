"""Frames of MP3 files (ISO/IEC 11172-3, 2.4.1.3; 13818-3): their number, and a frame that states it.

A file whose rate varies states its number of frames in a first frame without sound (``Xing``, ``Info`` or
``VBRI``). One that was written into a pipe has no such frame.
"""

from __future__ import annotations

import struct
from typing import IO, NamedTuple

_KBIT = {
    1: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES_HZ = (44_100, 48_000, 32_000)
_LAYER_3, _MPEG_1, _RESERVED_VERSION, _MONO = 1, 3, 1, 3
_MAX_BYTES = 256 * 2**20
_STATED, _STATED_WITHIN = (b"Xing", b"Info", b"VBRI"), 200


class Frame(NamedTuple):
    """What the four bytes of a frame's header say: its rate, its length in bytes, and where `Xing` would stand."""

    kbit: int
    length: int
    side_end: int


class Count(NamedTuple):
    """A frame that states how many follow, and where the first of them begins in the file."""

    frame: bytes
    start: int


def count_header(file: IO[bytes], beginning: bytes) -> Count | None:
    """The frame that an MP3 file lacks, from which a decoder learns the true length.

    None if the file has one, if its length follows from its size (all frames have one rate, and nothing but an ID3
    tag is after them), if it is over 256 MiB, or if it is no MP3 file.

    Args:
        file: the file.
        beginning: its first bytes, at least 10.
    """
    if not beginning.startswith((b"ID3", b"\xff")):
        return None
    start = file.seek(_after_tag(beginning))
    head = file.read(_STATED_WITHIN)
    first = frame = _frame(head, 0)
    if first is None or any(name in head for name in _STATED):
        return None
    data = head + file.read(_MAX_BYTES)
    if len(data) > _MAX_BYTES:
        return None
    num_frames, at, rates = 0, 0, {first.kbit}
    while frame is not None and at + frame.length <= len(data):
        rates.add(frame.kbit)
        num_frames, at = num_frames + 1, at + frame.length
        frame = _frame(data, at)
    is_followed = frame is None and at < len(data) and not data.startswith(b"TAG", at)
    if num_frames < 2 or (len(rates) == 1 and not is_followed):
        return None
    stated = bytearray(first.length)
    stated[:4] = head[:4]
    struct.pack_into(">4sII", stated, first.side_end, b"Xing", 1, num_frames)
    return Count(bytes(stated), start)


def _after_tag(beginning: bytes) -> int:
    """Where the frames begin after an ID3v2 tag, whose length has 7 bits in each byte."""
    if not beginning.startswith(b"ID3") or len(beginning) < 10:
        return 0
    length = 0
    for byte in beginning[6:10]:
        length = length << 7 | byte & 0x7F
    return 10 + length


def _frame(data: bytes, at: int) -> Frame | None:
    if at + 4 > len(data):
        return None
    (bits,) = struct.unpack_from(">I", data, at)
    version, layer, bitrate, rate = bits >> 19 & 3, bits >> 17 & 3, bits >> 12 & 15, bits >> 10 & 3
    if bits >> 21 != 0x7FF or version == _RESERVED_VERSION or layer != _LAYER_3 or bitrate in (0, 15) or rate == 3:
        return None
    is_1, is_mono = version == _MPEG_1, bits >> 6 & 3 == _MONO
    rate_hz = _RATES_HZ[rate] >> (3 - version if version else 2)
    kbit = _KBIT[1 if is_1 else 2][bitrate]
    length = (144_000 if is_1 else 72_000) * kbit // rate_hz + (bits >> 9 & 1)
    side = {(True, True): 17, (True, False): 32, (False, True): 9, (False, False): 17}[is_1, is_mono]
    return Frame(kbit, length, 4 + side) if length >= 4 + side + 12 else None
