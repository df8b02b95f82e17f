"""Media as the bytes of a file: what a service or a program is sent."""

from __future__ import annotations

import io
from typing import Literal

import cv2
import numpy as np
import soundfile

from harness.errors import HarnessError
from harness.signals.media import Audio, EncodedFile, Image, Media, Video

Encoding = Literal["png", "wav"]
"""Lossless formats: PNG of a picture (or of the middle frame of a film), 16-bit WAV of a sound."""

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


def encoded(media: Media, encoding: Encoding) -> EncodedFile:
    """Decoded media as the bytes of a lossless file.

    Raises:
        HarnessError: the media are not of the kind that this format holds.
    """
    if encoding == "png":
        still = media.still if isinstance(media, Video) else media
        if isinstance(still, Image):
            _, data = cv2.imencode(".png", cv2.cvtColor(still.pixels, cv2.COLOR_RGB2BGR))
            return EncodedFile(data.tobytes(), "image/png")
    else:
        sound = media.audio if isinstance(media, Video) else media
        if isinstance(sound, Audio):
            file = io.BytesIO()
            steps = np.clip(np.rint(sound.waveform * 2.0**15), -(2**15), 2**15 - 1).astype(np.int16)
            soundfile.write(file, steps, sound.sample_rate, format="WAV", subtype="PCM_16")
            return EncodedFile(file.getvalue(), "audio/wav")
    raise HarnessError(f"A {encoding} file cannot hold {type(media).__name__}.")
