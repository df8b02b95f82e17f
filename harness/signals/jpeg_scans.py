"""The segments of a JPEG file (ITU-T T.81, annex B), as far as they tell its size and whether it is damaged.

libjpeg fills damage in: what is missing becomes grey, and zeros become a pattern. It prints a warning where the
data end before the picture or go on after it, and is silent where damage is as long as what it replaced.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
HUFFMAN, END, START_OF_SCAN = 0xC4, 0xD9, 0xDA
ZERO_RUN = bytes(32)
"""Longer than any run of zeros that pictures have, see `_has_zeroed_scan`."""

MAX_PADDING = 16
"""Some cameras leave a few bytes between picture and end marker."""

_SEQUENTIAL = (0xC0, 0xC1)
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_END_OF_BLOCK = 0
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_SURPLUS = re.compile(r"Corrupt JPEG data: (?P<num>\d+) extraneous bytes before marker 0xd9")


class Segment(NamedTuple):
    """A marker, where the content of its segment begins, and where it ends; a scan ends after its data."""

    marker: int
    start: int
    end: int


def size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the start of frame; None if there is none."""
    for segment in segments(data):
        if segment.marker in START_OF_FRAME:
            height, width = struct.unpack_from(">HH", data, segment.start + 1)
            return int(width), int(height)
    return None


def is_damaged(data: bytes, messages: Sequence[str]) -> bool:
    """Whether a JPEG file that libjpeg has decoded with these messages is damaged."""
    surplus = [_SURPLUS.match(message) for message in messages]
    return _has_zeroed_scan(data) or any(
        "JPEG" in message and not (found and int(found["num"]) <= MAX_PADDING)
        for message, found in zip(messages, surplus, strict=True)
    )


def segments(data: bytes) -> Iterator[Segment]:
    """The segments from the start to the end of the (first) picture."""
    at = 2
    while at + 2 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker == END or at + 4 > len(data):
            return
        else:
            start, end = at + 4, at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            if marker == START_OF_SCAN:
                following = _MARKER.search(data, end)
                end = following.start() if following else len(data)
            yield Segment(marker, start, end)
            at = end


def _has_zeroed_scan(data: bytes) -> bool:
    """Whether sequential Huffman codes contain a run of zeros that no encoder writes.

    The code of zeros stands for the first symbol of its table. Where that of the coefficients is not "end of
    block" for some component of the scan, zeros would be blocks of noise; otherwise they may be a plain area.
    """
    first_symbols: dict[int, int] = {}
    is_sequential = False
    for segment in segments(data):
        content = data[segment.start : min(segment.end, segment.start + 2**16)]
        if segment.marker in START_OF_FRAME:
            is_sequential = segment.marker in _SEQUENTIAL
        elif segment.marker == HUFFMAN:
            first_symbols |= _first_symbols(content)
        elif segment.marker == START_OF_SCAN and is_sequential:
            tables = [0x10 | content[2 + 2 * component] & 0x0F for component in range(content[0])]
            noise = any(first_symbols.get(table, _END_OF_BLOCK) != _END_OF_BLOCK for table in tables)
            if noise and data.find(ZERO_RUN, segment.start, segment.end) >= 0:
                return True
    return False


def _first_symbols(content: bytes) -> dict[int, int]:
    """Class and number of each Huffman table → the symbol whose code is all zeros."""
    found, at = {}, 0
    while at + 17 < len(content):
        found[content[at]] = content[at + 17]
        at += 17 + sum(content[at + 1 : at + 17])
    return found
