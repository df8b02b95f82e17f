"""The medium of one sample as parts that a page draws: pictures, sound with its spectrogram, curves of sensors.

Media are decoded by the dataset's reader, so that people see and hear what the system was given. Every part is a
JSON value; pictures and sound are in it as ``data:`` addresses.

Shapes: B steps of a curve.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.signals.curves import SPECTROGRAM_TOP_HZ, Curve, curves_of, spectrogram
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Beats, Image, Media, Recording, Video
from harness.viewer.face_boxes import FaceBoxes
from harness.viewer.row_pages import finite, shown

MAX_SIDE = 1600
"""Larger pictures are shrunk to be shown, in pixels."""

MAX_FRAMES = 8
"""Of a film, evenly spaced, beside the one in the middle."""

MAX_SOUND_S = 120.0
"""So much of a sound is shown and played."""

MAX_CURVES = 40
BEATING = ("bvp", "ecg")
"""Channels on which heartbeats are marked."""

MAX_BEATS = 5000
MAX_GAPS = 200


def shown_parts(media: Media, boxes: FaceBoxes) -> Iterator[dict[str, Any]]:
    """The parts of a medium, in the order in which they are shown.

    Args:
        media: of the sample, under whatever condition.
        boxes: finds the face as the system did.
    """
    if isinstance(media, Image):
        yield _picture(media, "the picture") | boxes.found(media.pixels)
    elif isinstance(media, Audio):
        yield _sound(media)
    elif isinstance(media, Video):
        yield from _film(media, boxes)
    else:
        yield from _recorded(media)


def _picture(image: Image, name: str) -> dict[str, Any]:
    import cv2

    height, width = image.pixels.shape[:2]
    shrunk = min(1.0, MAX_SIDE / max(height, width, 1))
    if shrunk < 1.0:
        size = max(1, round(width * shrunk)), max(1, round(height * shrunk))
        image = Image(cv2.resize(image.pixels, size, interpolation=cv2.INTER_AREA))
    return {
        "kind": "picture",
        "name": name,
        "data": _address(encoded(image, "png").data, "image/png"),
        "width": width,
        "height": height,
    }


def _film(film: Video, boxes: FaceBoxes) -> Iterator[dict[str, Any]]:
    middle = len(film.frames) // 2
    chosen = np.linspace(0, len(film.frames) - 1, MAX_FRAMES).round().astype(int)
    for index in np.unique([*chosen, middle]).tolist():
        at_s = float(film.time_s[index])
        name = f"frame {index + 1:,} of {len(film.frames):,}" + (f", {at_s:.2f} s" if np.isfinite(at_s) else "")
        found = boxes.found(film.frames[index]) if index == middle else {}
        yield _picture(Image(film.frames[index]), name) | found
    if film.audio is not None:
        yield _sound(film.audio)


def _sound(sound: Audio) -> dict[str, Any]:
    duration_s = len(sound.waveform) / sound.sample_rate
    beginning = replace(sound, waveform=sound.waveform[: int(MAX_SOUND_S * sound.sample_rate)])
    (curve,) = curves_of(beginning)
    return {
        "kind": "sound",
        "data": _address(encoded(beginning, "wav").data, "audio/wav"),
        "duration_s": finite(curve.duration_s),
        "left_out_s": finite(max(0.0, duration_s - MAX_SOUND_S)),
        "sample_rate": sound.sample_rate,
        "low": _numbers(curve.low),
        "high": _numbers(curve.high),
        "spectrogram": _address(encoded(spectrogram(beginning), "png").data, "image/png"),
        "max_hz": min(SPECTROGRAM_TOP_HZ, sound.sample_rate / 2),
    }


def _recorded(recording: Recording) -> Iterator[dict[str, Any]]:
    curves = curves_of(recording)
    for curve in curves[:MAX_CURVES]:
        channel = recording.channels.get(curve.name)
        is_vector = channel is not None and channel.values.ndim > 1
        yield {
            "kind": "curve",
            "name": f"{curve.name} (length of the vector)" if is_vector else curve.name,
            "unit": curve.unit,
            "duration_s": finite(curve.duration_s),
            "low": _numbers(curve.low),
            "high": _numbers(curve.high),
            "gaps": _gaps(curve, within=channel is None),
            "beats": _beats(recording.beats) if channel is None or curve.name in BEATING else [],
        }
    if len(curves) > MAX_CURVES:
        yield {"kind": "remark", "text": f"{len(curves) - MAX_CURVES} more curves are not drawn."}
    for name, why in recording.refused.items():
        yield {"kind": "remark", "text": shown(f"{name} cannot be used: {why.text}")}


def _gaps(curve: Curve, *, within: bool) -> list[list[float | None]]:
    """From and to when the signal is missing, in seconds, as fine as the steps of the curve.

    Args:
        curve: the signal.
        within: whether what is before its first value and after its last is no gap, as with heartbeats.
    """
    missing_B = np.isnan(curve.low)
    if within and (known := np.flatnonzero(~missing_B)).size:
        missing_B[: known[0]] = missing_B[known[-1] :] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing_B, [False]]).astype(np.int8)))
    times = edges.reshape(-1, 2)[:MAX_GAPS] * curve.duration_s / max(len(missing_B), 1)
    return [[finite(start_s), finite(end_s)] for start_s, end_s in times.tolist()]


def _beats(beats: Beats | None) -> list[float | None]:
    return [] if beats is None else _numbers(beats.time_s[:MAX_BEATS])


def _numbers(values: Floats) -> list[float | None]:
    return [finite(value, 5) for value in values.tolist()]


def _address(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
