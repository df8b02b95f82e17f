"""Video files → frames in time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.signals.film_containers import FORMATS, require_container
from harness.signals.image import MAX_PIXELS
from harness.signals.media import Image, Video
from harness.signals.undecodable import undecodable

MAX_VIDEO_FRAMES = 18_000
"""Ten minutes at 30 frames per second."""

_RATES_HZ = (1.0, 1_000.0)

# Keeps FFmpeg from printing about each damaged file; OpenCV reads this variable when it opens a file.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")


def middle_frame(path: Path) -> Image:
    """The frame in the middle, see `decode`."""
    return decode(path, num_frames=1).still


def decode(path: Path, *, num_frames: int) -> Video:
    """Frames of an FLV, MP4, AVI or Matroska file, without its sound: the middle of each of so many equal parts.

    It is how systems that read films sample them (Wang et al. 2016, arXiv:1608.00859). The frames are counted, not
    asked from the header, which in Flash video may be missing or wrong.

    Args:
        path: the file.
        num_frames: how many, at least 1; of a film with fewer, all.

    Raises:
        Unscored: missing, unreadable, without frames, over 18,000 frames, or over 100 million pixels in all.
    """
    total = _count_frames(path)
    wanted = sorted({(2 * part + 1) * total // (2 * num_frames) for part in range(num_frames)})
    capture = _open(path, len(wanted))
    try:
        shown = list(_frames(capture, wanted))
    finally:
        capture.release()
    if len(shown) < len(wanted):
        raise undecodable(path, FORMATS)
    frames, time_s = zip(*shown, strict=True)
    return Video(np.stack(frames), np.array(time_s))


def _frames(capture: cv2.VideoCapture, wanted: Sequence[int]) -> Iterator[tuple[npt.NDArray[np.uint8], float]]:
    """The frames of these numbers, rising, with their times; fewer where the file breaks off."""
    at = 0
    for number in wanted:
        for _ in range(number - at):
            capture.grab()
        found, frame = capture.read()
        if not found:
            return
        at = number + 1
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), _time_s(capture, number)


def _time_s(capture: cv2.VideoCapture, number: int) -> float:
    """When frame `number` is shown, if the file states a rate that films have."""
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    return number / rate_hz if _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1] else float("nan")


def _count_frames(path: Path) -> int:
    capture = _open(path)
    num_frames = 0
    try:
        while capture.grab():
            num_frames += 1
            if num_frames > MAX_VIDEO_FRAMES:
                raise Unscored(Reason.TOO_LONG, f"over {MAX_VIDEO_FRAMES:,} frames")
    finally:
        capture.release()
    if num_frames == 0:
        raise Unscored(Reason.EMPTY, "no video frames")
    return num_frames


def _open(path: Path, num_frames: int = 1) -> cv2.VideoCapture:
    require_container(path)
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise undecodable(path, FORMATS)
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if num_frames * width * height > MAX_PIXELS:
        capture.release()
        times = f"{num_frames} times " if num_frames > 1 else ""
        raise Unscored(Reason.TOO_LARGE, f"{times}{width:.0f}x{height:.0f} pixels; at most {MAX_PIXELS:,} in all")
    return capture
