"""Places on a face, whatever its size and tilt, and shapes that are put there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.conditions.pictures import Pixels
from harness.errors import Reason, Unscored
from harness.signals.cropped_face import find_face
from harness.signals.face import MAX_TILT_DEG, Face, Point
from harness.signals.skin import EYES_AT

Place = tuple[float, float]
"""From the middle between the eyes, in distances between them: to the right in the picture, down the face."""

Cover = npt.NDArray[np.float32]
"""How much of each pixel a shape covers, 0 to 1; shape (height, width)."""

MIN_APART = 0.2
"""Of the width of the box: eyes that are nearer to each other are false detections."""

_SHIFT = 4
"""Corners are placed to a sixteenth of a pixel."""


@dataclass(frozen=True)
class FaceFrame:
    """The coordinates of a face: where its eyes are, how far apart, and how the line between them is tilted.

    Attributes:
        face: as it was found.
        middle: between the eyes, in pixels.
        unit: the distance between the eyes, in pixels.
        tilt_deg: clockwise in the picture.
    """

    face: Face
    middle: tuple[float, float]
    unit: float
    tilt_deg: float

    @classmethod
    def of(cls, pixels: Pixels) -> FaceFrame:
        """The frame of the largest face in a picture; eyes that are not found are where they mostly are.

        Raises:
            Unscored: no face is found (``not_applicable``).
        """
        face = find_face(pixels)
        if face is None:
            raise Unscored(Reason.NOT_APPLICABLE, "no face is found")
        left, right = face.eyes if _are_eyes(face) and face.eyes is not None else _usual_eyes(face)
        middle = ((left[0] + right[0]) / 2.0, (left[1] + right[1]) / 2.0)
        return cls(face, middle, math.dist(left, right), face.tilt_deg)

    def points(self, places: Sequence[Place]) -> npt.NDArray[np.float64]:
        """The pixels of places, x and y; shape (num_places, 2)."""
        turn = math.radians(self.tilt_deg)
        right, down = (math.cos(turn), math.sin(turn)), (-math.sin(turn), math.cos(turn))
        along = np.asarray(places, np.float64) @ np.array([right, down])
        return np.asarray(self.middle + self.unit * along)

    def polygon(self, shape: tuple[int, ...], corners: Sequence[Place]) -> Cover:
        """What a polygon covers of a picture of this shape."""
        canvas = np.zeros(shape[:2], np.uint8)
        corners_px = np.rint(self.points(corners) * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(canvas, [corners_px], 255, cv2.LINE_AA, _SHIFT)
        return canvas.astype(np.float32) / np.float32(255.0)

    def ellipse(self, shape: tuple[int, ...], at: Place, size: Place) -> Cover:
        """What an ellipse covers, of these half axes around a place."""
        angles = np.linspace(0.0, 2.0 * np.pi, 64, endpoint=False)
        around = [(at[0] + size[0] * math.cos(angle), at[1] + size[1] * math.sin(angle)) for angle in angles]
        return self.polygon(shape, around)


def _are_eyes(face: Face) -> bool:
    """Whether what was found as eyes can be: far enough apart, and not one above the other."""
    if face.eyes is None:
        return False
    (left_x, left_y), (right_x, right_y) = face.eyes
    apart = right_x - left_x
    return apart > MIN_APART * face.width and abs(right_y - left_y) <= math.tan(math.radians(MAX_TILT_DEG)) * apart


def _usual_eyes(face: Face) -> tuple[Point, Point]:
    left, right = ((face.x + x * face.width, face.y + y * face.height) for x, y in EYES_AT)
    return left, right


def painted(pixels: Pixels, cover: Cover, colour: npt.ArrayLike) -> Pixels:
    """A picture with a colour (or one for each pixel) where it is covered.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        cover: how much of each pixel.
        colour: RGB, 0 to 255; shape (3,) or that of the picture.
    """
    weight = cover[..., None]
    return np.asarray(np.rint(pixels * (1.0 - weight) + np.asarray(colour, np.float32) * weight), np.uint8)
