"""Pages of Ogg files (RFC 3533): whether the last one is whole. The format states no length, and needs none."""

from __future__ import annotations

import io
from typing import IO

_CAPTURE = b"OggS"
_HEAD_BYTES = 27
_MAX_PAGE_BYTES = _HEAD_BYTES + 255 + 255 * 255


def is_cut_page(file: IO[bytes], start: bytes) -> bool:
    """Whether an Ogg file breaks off within a page; False for any other file, which begins with `start`."""
    if not start.startswith(_CAPTURE):
        return False
    length = file.seek(0, io.SEEK_END)
    file.seek(max(0, length - _MAX_PAGE_BYTES))
    tail = file.read()
    page = tail[tail.rfind(_CAPTURE) :]
    num_segments = page[_HEAD_BYTES - 1] if len(page) >= _HEAD_BYTES else 256
    segments = page[_HEAD_BYTES : _HEAD_BYTES + num_segments]
    return len(segments) < num_segments or len(page) < _HEAD_BYTES + num_segments + sum(segments)
