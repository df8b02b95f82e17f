"""Where a face shows skin: found from the face's own colours, not from fixed thresholds.

Fixed ranges of YCrCb or HSV find light skin better than dark skin. Here the colour of the cheeks and the nose of
the face that was found says which colours count as its skin; eyes and mouth are left out.

Shapes: H height, W width of a picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats
from harness.signals.colour import Lab, lab_of
from harness.signals.cropped_face import HAAR_WITH_EYES, find_face
from harness.signals.face import Face, Pixels
from harness.signals.face_options import FaceOptions

ABOVE, ASIDE, BELOW = 0.12, 0.15, 0.45
"""How far skin is looked for around the box of a face, in its heights and widths: forehead, ears and neck.
Higher up is hair, which may be of the skin's colour."""

HEAD_AT, HEAD_SIZE = (0.5, 0.5), (0.60, 0.57)
"""The ellipse of a head, its middle and half axes in widths and heights of the box."""

HEAD_EDGE = (0.85, 1.15)
"""Squared distances from its middle, in half axes, over which skin counts less and less."""

NECK = 0.36
FADING = 0.08
"""Half the width of a neck, and the length of its edges. Skin that is found beyond head and neck is background of
the skin's colour."""

EYES_AT = ((0.31, 0.40), (0.69, 0.40))
"""Where eyes are in a box, in its widths and heights, if they were not found."""

EYE_SIZE = (0.13, 0.07)
MOUTH_AT, MOUTH_SIZE = (0.5, 0.79), (0.20, 0.09)
"""Half axes of the ellipses that are left out, in widths and heights of the box."""

HOLE_EDGE = (0.4, 1.6)
"""Squared distances from the middle of an ellipse, in half axes, between which skin begins."""

FARTHEST_SD = 3.0
LEAST_SD = (12.0, 4.0, 5.0)
"""In L*, a* and b*: how far skin may be from its middle, in standard deviations of the cheeks, and the least of
these. Skin in the shade of a nose is much darker than a cheek, and hardly of another hue."""

DARKER = 1.5
"""Lightness may fall further below the middle than it rises above it: shade."""

MIN_SKIN = 0.15
"""Of the area of the box. With less there is no skin that could be told, such as behind a mask."""


@dataclass(frozen=True)
class Skin:
    """The skin of one face.

    Attributes:
        face: the largest of the picture.
        rows: the part of the picture that was looked at.
        columns: the same.
        weight: how far each of its pixels counts as skin, float32 in [0, 1], shape (rows, columns); soft at edges.
        lab: its colours, float32, shape (rows, columns, 3).
    """

    face: Face
    rows: slice
    columns: slice
    weight: npt.NDArray[np.float32]
    lab: Lab

    @property
    def inside(self) -> Bools:
        """The pixels of the part that count at least half."""
        return np.asarray(self.weight >= 0.5)

    @property
    def middle(self) -> Floats:
        """The median L*, a* and b* of the skin; shape (3,)."""
        return np.median(self.lab[self.inside], axis=0).astype(np.float64)


def find_skin(pixels: Pixels, options: FaceOptions = HAAR_WITH_EYES) -> Skin | None:
    """The skin of the largest face in an RGB picture; None where there is no face, or too little skin in it.

    Args:
        pixels: RGB, uint8, shape (H, W, 3).
        options: how faces are found.
    """
    face = find_face(pixels, options)
    if face is None:
        return None
    rows, columns = _part(face, pixels.shape[:2])
    lab = lab_of(np.ascontiguousarray(pixels[rows, columns]))
    grid_y, grid_x = _places_in_box(face, rows, columns)
    beyond_holes = _beyond_holes(face, grid_y, grid_x)
    cheeks = (_ellipse(grid_y, grid_x, (0.5, 0.58), (0.30, 0.22)) < 1.0) & (beyond_holes >= 1.0)
    if not cheeks.any():
        return None
    like = _is_like(lab, lab[cheeks])
    weight = _soft(_connected(like, cheeks, face), face) * beyond_holes * _on_head(grid_y, grid_x)
    if (weight >= 0.5).sum() < MIN_SKIN * face.width * face.height:
        return None
    return Skin(face, rows, columns, weight, lab)


def _part(face: Face, shape: tuple[int, ...]) -> tuple[slice, slice]:
    top, bottom = face.y - ABOVE * face.height, face.y + (1.0 + BELOW) * face.height
    left, right = face.x - ASIDE * face.width, face.x + (1.0 + ASIDE) * face.width
    rows = slice(max(0, round(top)), min(shape[0], round(bottom)))
    return rows, slice(max(0, round(left)), min(shape[1], round(right)))


def _places_in_box(face: Face, rows: slice, columns: slice) -> tuple[Floats, Floats]:
    """Where each row and column of the part is in the box: 0 at its top or left, 1 at its bottom or right."""
    y = (np.arange(rows.start, rows.stop) + 0.5 - face.y) / face.height
    x = (np.arange(columns.start, columns.stop) + 0.5 - face.x) / face.width
    return y[:, None], x[None, :]


def _ellipse(y: Floats, x: Floats, at: tuple[float, float], size: tuple[float, float]) -> Floats:
    """Below 1 inside an ellipse."""
    return np.asarray(((x - at[0]) / size[0]) ** 2 + ((y - at[1]) / size[1]) ** 2)


def _beyond_holes(face: Face, y: Floats, x: Floats) -> npt.NDArray[np.float32]:
    """0 in eyes and mouth, 1 beyond their edges."""
    eyes = EYES_AT
    if face.eyes is not None:
        left, right = face.eyes
        eyes = (_in_box(face, left), _in_box(face, right))
    ellipses = [_ellipse(y, x, at, EYE_SIZE) for at in eyes] + [_ellipse(y, x, MOUTH_AT, MOUTH_SIZE)]
    begins, ends = HOLE_EDGE
    return np.asarray(np.clip((np.min(ellipses, axis=0) - begins) / (ends - begins), 0.0, 1.0), np.float32)


def _on_head(y: Floats, x: Floats) -> npt.NDArray[np.float32]:
    """1 on head and neck, and falling to 0 at their edges."""
    begins, ends = HEAD_EDGE
    head = (ends - _ellipse(y, x, HEAD_AT, HEAD_SIZE)) / (ends - begins)
    neck = np.minimum(NECK - np.abs(x - 0.5), np.minimum(y - 0.85, 1.0 + BELOW - y)) / FADING
    return np.asarray(np.clip(np.maximum(head, neck), 0.0, 1.0), np.float32)


def _in_box(face: Face, point: tuple[float, float]) -> tuple[float, float]:
    return (point[0] - face.x) / face.width, (point[1] - face.y) / face.height


def _is_like(lab: Lab, sample: Lab) -> Bools:
    """Which colours are near those of a sample of skin."""
    middle = np.median(sample, axis=0)
    sd = np.maximum(1.4826 * np.median(np.abs(sample - middle), axis=0), LEAST_SD).astype(np.float32)
    by = (lab - middle) / sd
    lightness = np.where(by[..., 0] < 0.0, by[..., 0] / DARKER, by[..., 0])
    return np.asarray(lightness**2 + by[..., 1] ** 2 + by[..., 2] ** 2 < FARTHEST_SD**2)


def _connected(near: Bools, cheeks: Bools, face: Face) -> Bools:
    """Without specks, and only what hangs together with the cheeks."""
    side = 2 * max(1, round(0.012 * face.width)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    opened = cv2.morphologyEx(near.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, kernel)
    _, labels = cv2.connectedComponents(closed)
    touching = np.unique(labels[cheeks & (closed > 0)])
    return np.isin(labels, touching[touching > 0])


def _soft(inside: Bools, face: Face) -> npt.NDArray[np.float32]:
    """Edges as soft as those of a face in focus, so that a change of colour leaves no outline."""
    sd_px = max(0.6, 0.012 * face.width)
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), sd_px)
    # The tails of the filter would change pixels by nothing that is seen, far from the skin.
    return np.asarray(np.clip((weight - 0.02) / 0.96, 0.0, 1.0), np.float32)
