"""Media without what is in them: what a system is asked about to see whether it uses them at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from harness.signals.face import Face, find_faces
from harness.signals.face_options import FaceOptions
from harness.signals.media import Audio, Beats, Channel, Image, Media, Recording, Video

Pixels = npt.NDArray[np.uint8]

GREY = 128
"""The grey level of an empty picture."""

MARGIN = 0.25
"""A face is covered with this share of its size on every side: hair, chin and forehead with it."""

MIDDLE = 0.6
"""Where no face is found, this share of the width and of the height is covered in the middle."""

HAAR = FaceOptions(detector="haar")

AT_REST: Mapping[str, float] = {"eda": 2.0, "temperature": 33.0, "heart_rate": 75.0}
"""What a flat channel shows in its unit, the same for everybody; others are zero, as their unit is arbitrary or
their mean says nothing. Zero degrees or no heart rate would be refused as no recording of a body."""

STANDING_G = (0.0, 0.0, 1.0)
"""The acceleration of a wrist that is held still: gravity alone."""

BEAT_S = 0.8


def blank(media: Media) -> Media:
    """The same kind, size, length and rates with nothing in them.

    A uniform grey picture, a silent sound, a film of both, a recording whose channels are flat and whose heart
    beats evenly. What is left does not differ between samples except in size and length.
    """
    if isinstance(media, Video):
        return blank_sound(blank_picture(media))
    if isinstance(media, Image):
        return Image(np.full_like(media.pixels, GREY))
    if isinstance(media, Audio):
        return replace(media, waveform=np.zeros_like(media.waveform))
    channels = {name: _flat(name, channel) for name, channel in media.channels.items()}
    return replace(media, channels=channels, beats=None if media.beats is None else _even(media))


def blank_picture(media: Video) -> Video:
    """A film of uniform grey, its sound as it is."""
    return replace(media, frames=np.full_like(media.frames, GREY))


def blank_sound(media: Video) -> Video:
    """A film without a sound to be heard, its frames as they are."""
    sound = media.audio
    return media if sound is None else replace(media, audio=replace(sound, waveform=np.zeros_like(sound.waveform)))


def without_face(media: Image | Video) -> Image | Video:
    """The same with every face covered by uniform grey, the middle where none is found: the background is left."""
    if isinstance(media, Image):
        return Image(_covered(media.pixels))
    return replace(media, frames=np.stack([_covered(frame) for frame in media.frames]))


def _flat(name: str, channel: Channel) -> Channel:
    has_axes = channel.values.shape[1:] == (len(STANDING_G),)
    level = STANDING_G if name == "acceleration" and has_axes else AT_REST.get(name, 0.0)
    return replace(channel, values=np.broadcast_to(level, channel.values.shape).astype(np.float64))


def _even(media: Recording) -> Beats:
    time_s = np.arange(BEAT_S, max(media.duration_s, 2 * BEAT_S), BEAT_S)
    return Beats(time_s, np.full(len(time_s), BEAT_S * 1e3))


def _covered(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    margin = (1.0 - MIDDLE) / 2.0
    middle = Face(margin * width, margin * height, MIDDLE * width, MIDDLE * height)
    faces = find_faces(pixels, HAAR)
    return face_covered(pixels, faces) if faces else face_covered(pixels, [middle], 0.0)


def face_covered(pixels: Pixels, faces: Sequence[Face], more: float = MARGIN) -> Pixels:
    """A picture with uniform grey over the boxes of faces and this share of their size on every side."""
    covered = pixels.copy()
    for face in faces:
        left, right = face.x - more * face.width, face.x + (1.0 + more) * face.width
        top, bottom = face.y - more * face.height, face.y + (1.0 + more) * face.height
        rows = slice(max(0, round(top)), max(0, round(bottom)))
        covered[rows, max(0, round(left)) : max(0, round(right))] = GREY
    return covered
