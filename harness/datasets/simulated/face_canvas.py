"""The canvas of a simulated face: the colour, gloss and height of every pixel.

Colours are linear light in [0, 1]; only `Canvas.photograph` turns them into sRGB. Positions are in face units: x
to the right, y down, origin between eyes and mouth, 1 is half the picture's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_light import Field, Light, Surface, exposed, lit

SIZE = 192
"""Side of the picture in pixels."""

SHIFT_BITS = 6
"""Polygons are drawn at 1/64 pixel with anti-aliased edges, which stands in for supersampling."""

LENS_BLUR_PX = 0.9
"""Blurs the drawing as a lens does."""

Points = Sequence[tuple[float, float]] | npt.NDArray[np.float64]
Stroke = tuple[Points, float, float]
"""Points, width in face units, strength 0 to 1."""

Colour = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pose:
    """The position of the face in the picture: rotated by `roll` (radians), scaled, and shifted (face units)."""

    roll: float = 0.0
    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0


class Canvas:
    """Collects colour and height; `x` and `y` hold every pixel's position in face units, shape (SIZE, SIZE)."""

    def __init__(self, pose: Pose, background: Colour) -> None:
        half = SIZE / 2.0
        cos, sin = np.cos(pose.roll) * pose.scale, np.sin(pose.roll) * pose.scale
        self._turn = np.array([[cos, -sin], [sin, cos]]) * half
        self._origin = half * (1.0 + np.array([pose.x, pose.y])) - 0.5
        back = np.linalg.inv(self._turn)
        rows, columns = np.mgrid[:SIZE, :SIZE]
        dx, dy = columns - self._origin[0], rows - self._origin[1]
        self.x: Field = (back[0, 0] * dx + back[0, 1] * dy).astype(np.float32)
        self.y: Field = (back[1, 0] * dx + back[1, 1] * dy).astype(np.float32)
        self.colour: Field = np.broadcast_to(background, (SIZE, SIZE, 3)).astype(np.float32)
        self.height: Field = np.zeros((SIZE, SIZE), np.float32)
        self.gloss: Field = np.zeros((SIZE, SIZE), np.float32)
        self._unit_px = half * pose.scale

    def mask(self, outline: Points, soft: float = 0.0) -> Field:
        """1 inside the outline, 0 outside; edges blurred by `soft` (face units)."""
        drawn = np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillPoly(drawn, [self._pixels(outline)], 255, cv2.LINE_AA, SHIFT_BITS)
        return self._softened(drawn, soft)

    def lines(self, lines: Sequence[Stroke], soft: float) -> Field:
        """Strokes, blurred by `soft` (face units)."""
        drawn = np.zeros((SIZE, SIZE), np.uint8)
        for points, width, strength in lines:
            thickness = max(1, round(width * self._unit_px))
            value = int(255 * min(1.0, max(0.0, strength)))
            cv2.polylines(drawn, [self._pixels(points)], False, value, thickness, cv2.LINE_AA, SHIFT_BITS)
        return self._softened(drawn, soft)

    def blob(self, x: float, y: float, width: float, height: float) -> Field:
        """A Gaussian hill of height 1 with these standard deviations (face units), cut off at four of them."""
        column, row = self._turn @ (x, y) + self._origin
        radius = 4.0 * max(width, height) * self._unit_px
        window = _clipped(row - radius, row + radius), _clipped(column - radius, column + radius)
        hill: Field = np.zeros((SIZE, SIZE), np.float32)
        distance = ((self.x[window] - x) / width) ** 2 + ((self.y[window] - y) / height) ** 2
        hill[window] = np.exp(-0.5 * distance)
        return hill

    def paint(self, mask: Field, colour: Colour | Field, gloss: float = 0.0) -> None:
        """Paint a colour with some gloss over the canvas, opaque where the mask is 1."""
        window = _window(mask)
        colour = colour[window] if colour.ndim == 3 else colour
        self.colour[window] += mask[window][:, :, None] * (colour - self.colour[window])
        self.gloss[window] += mask[window] * (gloss - self.gloss[window])

    def darken(self, mask: Field, share: float | Colour) -> None:
        """Darken by this share where the mask is 1; one share, or one per channel."""
        window = _window(mask)
        self.colour[window] *= 1.0 - mask[window][:, :, None] * np.asarray(share, np.float32)

    def photograph(self, light: Light, relief: Field, exposure: float, noise: Field) -> npt.NDArray[np.uint8]:
        """Light the canvas, expose, add sensor noise, and encode as sRGB, uint8, (SIZE, SIZE, 3).

        Args:
            light: the lamp.
            relief: where heights and gloss have an effect, 0 to 1 (0 on the background).
            exposure: factor on all light.
            noise: in sRGB steps, shape (SIZE, SIZE).
        """
        surface = Surface(self.colour, self.height, self.gloss, relief, self._unit_px)
        linear = exposed(lit(surface, light), exposure)
        pixels = 255.0 * to_srgb(cv2.GaussianBlur(linear, (0, 0), LENS_BLUR_PX)) + noise[:, :, None]
        encoded: npt.NDArray[np.uint8] = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
        return encoded

    def _pixels(self, points: Points) -> npt.NDArray[np.int32]:
        pixels = np.asarray(points, np.float64) @ self._turn.T + self._origin
        return np.rint(pixels * (1 << SHIFT_BITS)).astype(np.int32)

    def _softened(self, drawn: npt.NDArray[np.uint8], soft: float) -> Field:
        mask = drawn.astype(np.float32) / np.float32(255.0)
        sigma = soft * self._unit_px
        return cv2.GaussianBlur(mask, (0, 0), sigma) if sigma > 0.2 else mask


def _window(mask: Field) -> tuple[slice, slice]:
    """The rows and columns where a mask is not zero, so that a small feature takes little time."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if rows.size == 0:
        return slice(0), slice(0)
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _clipped(start: float, stop: float) -> slice:
    return slice(max(0, int(start)), max(0, int(stop) + 1))


def to_srgb(linear: Field) -> Field:
    """Linear light → sRGB, both in [0, 1] (IEC 61966-2-1)."""
    curved = 1.055 * np.maximum(linear, 1e-8) ** np.float32(1 / 2.4) - 0.055
    encoded: Field = np.where(linear <= 0.0031308, 12.92 * linear, curved)
    return encoded


def from_hex(colour: str) -> Colour:
    """``#f6ede4`` → linear light."""
    encoded = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)], np.float32) / np.float32(255.0)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)
