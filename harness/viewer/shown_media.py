"""The medium of one sample as parts that a page draws: pictures, sound with its spectrogram, curves of sensors.

Media are decoded by the dataset's reader, so that people see and hear what the system was given. Every part is a
JSON value; pictures and sound are in it as ``data:`` addresses.

Shapes: N frames, B steps of a drawing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Beats, Channel, Image, Media, Recording, Video
from harness.signals.spectrogram import MAX_HZ, spectrogram_png
from harness.viewer.face_boxes import FaceBoxes
from harness.viewer.row_pages import finite

MAX_SIDE = 1600
"""Larger pictures are shrunk to be shown, in pixels."""

MAX_FRAMES = 8
"""Of a film, evenly spaced, beside the one in the middle."""

MAX_SOUND_S = 120.0
"""So much of a sound is shown and played."""

NUM_STEPS = 800
MAX_CHANNELS = 40
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
    low_B, high_B = _envelope(beginning.waveform.astype(np.float64))
    return {
        "kind": "sound",
        "data": _address(encoded(beginning, "wav").data, "audio/wav"),
        "duration_s": finite(len(beginning.waveform) / sound.sample_rate),
        "left_out_s": finite(max(0.0, duration_s - MAX_SOUND_S)),
        "sample_rate": sound.sample_rate,
        "low": _numbers(low_B),
        "high": _numbers(high_B),
        "spectrogram": _address(spectrogram_png(beginning), "image/png"),
        "max_hz": min(MAX_HZ, sound.sample_rate / 2),
    }


def _recorded(recording: Recording) -> Iterator[dict[str, Any]]:
    beats = recording.beats
    for name, channel in list(recording.channels.items())[:MAX_CHANNELS]:
        yield _curve(name, channel) | _clock(recording, beats if name in ("bvp", "ecg") else None)
        if name == "acceleration" and channel.values.ndim > 1:
            magnitude_N = np.sqrt(np.square(channel.values).sum(axis=1))
            known = magnitude_N[np.isfinite(magnitude_N)]
            moved = replace(channel, values=np.abs(magnitude_N - (np.median(known) if len(known) else 0.0)))
            yield _curve("motion (distance of the magnitude from its median)", moved) | _clock(recording, None)
    if beats is not None and len(beats.time_s):
        yield _intervals(beats) | _clock(recording, beats)
    if len(recording.channels) > MAX_CHANNELS:
        yield {"kind": "remark", "text": f"{len(recording.channels) - MAX_CHANNELS} more channels are not drawn."}
    for name, why in recording.refused.items():
        yield {"kind": "remark", "text": f"{name} cannot be used: {why.text}"}


def _curve(name: str, channel: Channel) -> dict[str, Any]:
    columns = channel.values.reshape(len(channel.values), -1).T
    envelopes = [_envelope(values_N) for values_N in columns]
    missing_N = np.asarray(~np.isfinite(columns).all(axis=0))
    return {
        "kind": "curve",
        "name": name,
        "unit": channel.unit,
        "start_s": finite(channel.start_s),
        "end_s": finite(channel.start_s + len(channel.values) / channel.rate_hz),
        "lines": [{"low": _numbers(low_B), "high": _numbers(high_B)} for low_B, high_B in envelopes],
        "gaps": _gaps(missing_N, channel),
    }


def _intervals(beats: Beats) -> dict[str, Any]:
    return {
        "kind": "points",
        "name": "intervals between heartbeats",
        "unit": "ms",
        "x": _numbers(beats.time_s[:MAX_BEATS]),
        "y": _numbers(beats.interval_ms[:MAX_BEATS]),
        "gaps": _missing_beats(beats),
    }


def _clock(recording: Recording, beats: Beats | None) -> dict[str, Any]:
    return {
        "duration_s": finite(recording.duration_s),
        "beats": [] if beats is None else _numbers(beats.time_s[:MAX_BEATS]),
    }


def _gaps(missing_N: Bools, channel: Channel) -> list[list[float | None]]:
    """From and to when a frame of the channel is missing, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], missing_N, [False]]).astype(np.int8)))
    times = channel.start_s + edges.reshape(-1, 2)[:MAX_GAPS] / channel.rate_hz
    return [[finite(start_s), finite(end_s)] for start_s, end_s in times.tolist()]


def _missing_beats(beats: Beats) -> list[list[float | None]]:
    """From and to between which a beat is missing: the interval does not begin at the beat before it."""
    before_s = beats.time_s[1:] - beats.interval_ms[1:] / 1000.0
    apart = np.flatnonzero(before_s - beats.time_s[:-1] > MAX_JITTER_S)[:MAX_GAPS]
    return [[finite(float(beats.time_s[i])), finite(float(before_s[i]))] for i in apart]


MAX_JITTER_S = 0.05
"""Times and intervals of a device do not agree better than this where no beat is missing."""


def _envelope(values_N: Floats) -> tuple[Floats, Floats]:
    """The lowest and highest value in each of at most `NUM_STEPS` steps ``[B]``; NaN where all are missing."""
    if not len(values_N):
        return np.zeros(0), np.zeros(0)
    known_N = np.isfinite(values_N)
    starts = np.linspace(0, len(values_N), min(NUM_STEPS, len(values_N)), endpoint=False).astype(np.int64)
    low_B = np.minimum.reduceat(np.where(known_N, values_N, np.inf), starts)
    high_B = np.maximum.reduceat(np.where(known_N, values_N, -np.inf), starts)
    return np.where(np.isfinite(low_B), low_B, np.nan), np.where(np.isfinite(high_B), high_B, np.nan)


def _numbers(values: Floats) -> list[float | None]:
    return [finite(value, 5) for value in values.tolist()]


def _address(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"
