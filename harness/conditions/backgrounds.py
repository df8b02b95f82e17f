"""Another background behind the same face: what a system must not look at."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from harness.conditions.condition import LabelPreserving
from harness.conditions.face_frame import FaceFrame, painted
from harness.conditions.picture_scale import layer
from harness.conditions.pictures import PictureCondition, Pixels

HEAD_AT, HEAD_SIZE = (0.0, 0.42), (1.45, 1.95)
"""The ellipse that is kept, around the middle between the eyes, in distances between them: face, hair and ears."""

SOFT_EDGE = 0.08
"""Of the distance between the eyes."""

NUM_SHAPES = 60


class Background(PictureCondition):
    """``face/background@1`` … ``@3``: everything but the head replaced by something made, with drawn colours."""

    graded = False
    label_preserving = LabelPreserving.ASSUMED
    severities = {  # noqa: RUF012 (never changed)
        1: "one plain colour",
        2: "a gradient between two colours",
        3: "a clutter of coloured shapes",
    }

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """The head within an ellipse before another background."""
        frame = FaceFrame.of(pixels)
        head = frame.ellipse(pixels.shape, HEAD_AT, HEAD_SIZE)
        softly = cv2.GaussianBlur(head, (0, 0), max(0.5, SOFT_EDGE * frame.unit))
        kept = np.where(head > 0.0, softly, 0.0)
        return painted(pixels, np.asarray(1.0 - kept, np.float32), self._made(pixels.shape, rng))

    def _made(self, shape: tuple[int, ...], rng: np.random.Generator) -> npt.NDArray[np.float32]:
        first, second = rng.uniform(40.0, 215.0, (2, 3))
        angle, shapes = rng.uniform(0.0, 2.0 * np.pi), rng.random((NUM_SHAPES, 8))
        if self.severity == 1:
            return np.broadcast_to(first.astype(np.float32), shape)
        if self.severity == 2:
            rows, columns = np.linspace(-1.0, 1.0, shape[0])[:, None], np.linspace(-1.0, 1.0, shape[1])[None, :]
            share = 0.5 + 0.35 * (columns * np.cos(angle) + rows * np.sin(angle))
            return np.asarray(first + np.clip(share, 0.0, 1.0)[..., None] * (second - first), np.float32)
        channels = [layer(shape, lambda size, of=channel: _clutter(size, shapes, of)) for channel in range(3)]  # type: ignore[misc]
        return np.stack(channels, axis=-1)


def _clutter(size: tuple[int, int], shapes: npt.NDArray[np.float64], channel: int) -> npt.NDArray[np.float32]:
    """One channel of ellipses over each other: place, half axes, turn and colour of each lie in [0, 1]."""
    height, width = size
    canvas = np.full(size, 110.0, np.float32)
    for x, y, long, wide, turn, *colour in shapes.tolist():
        axes = (max(1, int(0.22 * long * width)), max(1, int(0.22 * wide * height)))
        middle = (int(x * width), int(y * height))
        cv2.ellipse(canvas, middle, axes, 180.0 * turn, 0.0, 360.0, 30.0 + 195.0 * colour[channel], -1)
    return canvas
