"""Video files → frames in time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
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


def frame_at(path: Path, number: int) -> Image:
    """One frame by its number, from 0.

    Raises:
        Unscored: missing, unreadable, or it has no such frame.
    """
    if number >= MAX_VIDEO_FRAMES:
        raise Unscored(Reason.TOO_LONG, f"over {MAX_VIDEO_FRAMES:,} frames")
    capture = _open(path)
    try:
        frames = list(_frames(capture, [number]))
    finally:
        capture.release()
    if not frames:
        raise Unscored(Reason.EMPTY, f"the film has no frame {number}")
    return Image(frames[0])


def decode(path: Path, *, num_frames: int = 1, frames_per_s: float | None = None) -> Video:
    """Frames of an FLV, MP4, AVI or Matroska file, without its sound: the middle of each of so many equal parts.

    It is how systems that read films sample them (Wang et al. 2016, arXiv:1608.00859). The frames are counted, not
    asked from the header, which in Flash video may be missing or wrong. A film that says that it was recorded on
    its side is turned upright.

    Args:
        path: the file.
        num_frames: how many, at least 1; of a film with fewer, all.
        frames_per_s: instead, what is shown in the middle of every 1 / `frames_per_s` seconds; each frame once, at
            least one.

    Raises:
        Unscored: missing, unreadable, without frames, over 18,000 frames, or over 100 million pixels in all; at a
            fixed rate, a film that does not say when its frames are shown.
    """
    time_s = _times_s(path)
    if frames_per_s is None:
        total = len(time_s)
        wanted = sorted({(2 * part + 1) * total // (2 * num_frames) for part in range(num_frames)})
    else:
        wanted = _at_rate(time_s, frames_per_s)
    capture = _open(path, len(wanted))
    try:
        frames = list(_frames(capture, wanted))
    finally:
        capture.release()
    if len(frames) < len(wanted):
        raise undecodable(path, FORMATS)
    if len({frame.shape for frame in frames}) > 1:
        raise Unscored(Reason.UNREADABLE, "the film changes the size of its frames")
    return Video(np.stack(frames), time_s[wanted])


def _at_rate(time_s: Floats, frames_per_s: float) -> list[int]:
    """The frames that are shown in the middle of every 1 / `frames_per_s` seconds."""
    if np.isnan(time_s).any():
        raise Unscored(Reason.UNREADABLE, "the film does not say when its frames are shown: no rate can be kept")
    last_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    length_s = float(time_s[-1] - time_s[0]) + last_s
    last = max(1, round(length_s * frames_per_s)) - 1
    # A frame is shown in some middle if it is in the first one after its start: these are no more than the frames,
    # however long the film says that it lasts. The neighbours are there because of rounding.
    start_N = np.floor((time_s - time_s[0]) * frames_per_s - 0.5)
    near = np.unique(np.clip(np.concatenate([start_N, start_N + 1, start_N + 2]), 0, last))
    middles_s = time_s[0] + (near + 0.5) / frames_per_s
    shown = np.searchsorted(time_s, middles_s, side="right") - 1
    return sorted(set(shown.tolist()))


def _frames(capture: cv2.VideoCapture, wanted: Sequence[int]) -> Iterator[npt.NDArray[np.uint8]]:
    """The frames of these numbers, rising; fewer where the file breaks off."""
    at = 0
    for number in wanted:
        for _ in range(number - at):
            capture.grab()
        found, frame = capture.read()
        if not found:
            return
        at = number + 1
        yield cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)


def _times_s(path: Path) -> Floats:
    """When each frame is shown; NaN where the file does not say it, or states no rate that films have.

    Frames may be shown for unequal times, so that the time of each is asked; where these do not rise, the rate.
    """
    capture = _open(path)
    shown_ms = []
    try:
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        while capture.grab():
            shown_ms.append(capture.get(cv2.CAP_PROP_POS_MSEC))
            if len(shown_ms) > MAX_VIDEO_FRAMES:
                raise Unscored(Reason.TOO_LONG, f"over {MAX_VIDEO_FRAMES:,} frames")
    finally:
        capture.release()
    if not shown_ms:
        raise Unscored(Reason.EMPTY, "no video frames")
    if not _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1]:
        return np.full(len(shown_ms), np.nan)
    time_s = np.array(shown_ms) / 1000.0
    rises = np.isfinite(time_s).all() and (np.diff(time_s) > 0).all()
    return time_s if rises else np.arange(len(shown_ms)) / rate_hz


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
