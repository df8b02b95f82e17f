"""Reads one still picture from a video file."""

from __future__ import annotations

import os
from pathlib import Path

import cv2

from harness.errors import Reason, Unscored
from harness.signals.image import MAX_PIXELS
from harness.signals.media import Image
from harness.signals.undecodable import undecodable

MAX_FRAMES = 18_000
"""Ten minutes at 30 frames per second."""

_FORMATS = "an FLV, MP4, AVI or Matroska video"
_SIGNATURES = ((0, b"FLV"), (4, b"ftyp"), (8, b"AVI "), (0, b"\x1a\x45\xdf\xa3"))

# Keeps FFmpeg from printing about each damaged file; OpenCV reads this variable when it opens a file.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def middle_frame(path: Path) -> Image:
    """The frame in the middle of an FLV, MP4, AVI or Matroska file, as 8-bit RGB.

    The frames are counted, because the number in the header of Flash video may be missing or wrong.

    Raises:
        Unscored: missing, unreadable, without frames, over 18,000 frames or over 100 million pixels.
    """
    num_frames = _count_frames(path)
    capture = _open(path)
    try:
        for _ in range(num_frames // 2):
            capture.grab()
        found, frame = capture.read()
    finally:
        capture.release()
    if not found:
        raise undecodable(path, _FORMATS)
    return Image(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))


def _count_frames(path: Path) -> int:
    capture = _open(path)
    num_frames = 0
    try:
        while capture.grab():
            num_frames += 1
            if num_frames > MAX_FRAMES:
                raise Unscored(Reason.TOO_LONG, f"over {MAX_FRAMES:,} frames")
    finally:
        capture.release()
    if num_frames == 0:
        raise Unscored(Reason.EMPTY, "no video frames")
    return num_frames


def _open(path: Path) -> cv2.VideoCapture:
    _require_video(path)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise undecodable(path, _FORMATS)
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if width * height > MAX_PIXELS:
        capture.release()
        raise Unscored(Reason.TOO_LARGE, f"{width:.0f}x{height:.0f} pixels; at most {MAX_PIXELS:,} in all")
    return capture


def _require_video(path: Path) -> None:
    """FFmpeg follows playlists, which can name other files and hosts, so it is given only plain containers."""
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        start = b""
    if not any(start[at : at + len(signature)] == signature for at, signature in _SIGNATURES):
        raise undecodable(path, _FORMATS)
