from __future__ import annotations

import zlib

import pytest

from harness.signals.media_types import media_type


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (zlib.compress(b"x"), "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_what_a_file_is_by_its_first_bytes(data: bytes, name: str) -> None:
    assert media_type(data) == name
