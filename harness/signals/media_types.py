"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

UNKNOWN_TYPE = "application/octet-stream"

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"FLV", "video/x-flv"),
)
"""Where a format's mark stands, the mark, and the format's media type (RFC 6838)."""


def media_type(data: bytes) -> str:
    """The media type of a file by its first bytes."""
    return next(
        (name for at, mark, name in _SIGNATURES if data[at : at + len(mark)] == mark),
        UNKNOWN_TYPE,
    )
