"""Pictures of any size under changes that were defined for pictures of 224×224 pixels.

Lengths (the width of a blur, the size of a flake of snow) grow with the picture, so that a severity means the same
to a system that shrinks its input. In small pictures they shrink likewise.

Shapes: H height, W width, C channels (3). `float pictures` are RGB, float32 in [0, 1], shape (H, W, C).
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
FloatPicture = npt.NDArray[np.float32]

REFERENCE_SIDE = 224
"""The shorter side of the pictures for which the corruptions of ImageNet-C were defined."""

MAX_REFERENCE_SIDE = 5 * REFERENCE_SIDE
"""The longer side, at most, of what is drawn for a picture: one that is long and thin takes no more memory."""


def scale_of(shape: tuple[int, ...]) -> float:
    """How many pixels of a picture of this shape are one pixel of the reference."""
    height, width = shape[:2]
    return max(min(height, width) / REFERENCE_SIDE, max(height, width) / MAX_REFERENCE_SIDE)


def as_float(pixels: Pixels) -> FloatPicture:
    """RGB in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(255.0)


def as_pixels(picture: npt.NDArray[np.floating]) -> Pixels:
    """Back to uint8: clipped to [0, 1] and rounded."""
    return np.asarray(np.rint(np.clip(picture, 0.0, 1.0) * 255.0), np.uint8)


def layer(shape: tuple[int, ...], draw: Callable[[tuple[int, int]], npt.NDArray[np.floating]]) -> FloatPicture:
    """What is drawn once at the size of the reference, for a picture of any size: shape (H, W).

    Args:
        shape: of the picture.
        draw: the shape at the size of the reference → an array of it.
    """
    height, width = shape[:2]
    scale = scale_of(shape)
    drawn = draw((max(1, round(height / scale)), max(1, round(width / scale)))).astype(np.float32)
    interpolation = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    resized = cv2.resize(drawn, (width, height), interpolation=interpolation)
    return np.asarray(resized, np.float32)


def grained(
    shape: tuple[int, ...], draw: Callable[[tuple[int, int, int]], npt.NDArray[np.floating]]
) -> FloatPicture:
    """Noise for a picture, shape (H, W, C): one grain for each pixel, in larger ones for each of the reference.

    Args:
        shape: of the picture.
        draw: the number of grains, (rows, columns, channels) → a value for each.
    """
    height, width = shape[:2]
    rows, columns = grains(shape)
    drawn = draw((rows, columns, 3)).astype(np.float32)
    if (rows, columns) == (height, width):
        return drawn
    return np.asarray(cv2.resize(drawn, (width, height), interpolation=cv2.INTER_NEAREST), np.float32)


def grains(shape: tuple[int, ...]) -> tuple[int, int]:
    """The number of grains of noise in a picture of this shape: rows, columns."""
    height, width = shape[:2]
    scale = max(1.0, scale_of(shape))
    return max(1, round(height / scale)), max(1, round(width / scale))
