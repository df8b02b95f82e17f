"""Exposure, colour, compression and geometry: six corruptions of ImageNet-C."""

from __future__ import annotations

import cv2
import numpy as np

from harness.conditions.imagenet_c import Corruption, steps
from harness.conditions.picture_scale import FloatPicture, Pixels, as_float, as_pixels, grains, layer, scale_of

CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)
BRIGHTNESS = (0.1, 0.2, 0.3, 0.4, 0.5)
SATURATION = ((0.3, 0.0), (0.1, 0.0), (2.0, 0.0), (5.0, 0.1), (20.0, 0.2))
"""Factor and addend."""

JPEG_QUALITY = (25, 18, 15, 10, 7)
PIXELATED_SIZE = (0.6, 0.5, 0.4, 0.3, 0.25)
ELASTIC_PX = (
    (488.0, 170.8, 24.4),
    (488.0, 19.52, 48.8),
    (12.2, 2.44, 4.88),
    (17.08, 2.44, 4.88),
    (29.28, 2.44, 4.88),
)
"""Strength and smoothness of the local moves, and the farthest move of the corners of a triangle."""


class Contrast(Corruption):
    """``face/contrast@1`` … ``@5``: less difference between light and dark."""

    severities = steps("{:.0%} of the contrast", CONTRAST)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Each channel is drawn towards its mean over the picture."""
        picture = as_float(pixels)
        mean = picture.mean(axis=(0, 1), keepdims=True, dtype=np.float64).astype(np.float32)
        return as_pixels(mean + CONTRAST[self.step] * (picture - mean))


class Brightness(Corruption):
    """``face/brightness@1`` … ``@5``: overexposed."""

    severities = steps("value + {:g}", BRIGHTNESS)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The value of HSV grows."""
        return as_pixels(brightened(as_float(pixels), BRIGHTNESS[self.step]))


class Saturate(Corruption):
    """``face/saturate@1`` … ``@5``: colours too pale (1, 2) or too strong (3 to 5)."""

    severities = steps("saturation times {:g} + {:g}", SATURATION)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The saturation of HSV is scaled."""
        factor, addend = SATURATION[self.step]
        hsv = cv2.cvtColor(as_float(pixels), cv2.COLOR_RGB2HSV)
        hsv[..., 1] = np.clip(hsv[..., 1] * factor + addend, 0.0, 1.0)
        return as_pixels(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


class JpegCompression(Corruption):
    """``face/jpeg_compression@1`` … ``@5``: stored with little memory. Blocks are 8×8 pixels in every picture."""

    severities = steps("quality {}", JPEG_QUALITY)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Encoded and decoded."""
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY[self.step]]
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB), np.uint8)


class Pixelate(Corruption):
    """``face/pixelate@1`` … ``@5``: as from few pixels."""

    severities = steps("{:.0%} of the pixels on each side, at most of 224", PIXELATED_SIZE)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Shrunk by means over areas and enlarged to blocks."""
        height, width = pixels.shape[:2]
        rows, columns = (max(1, int(PIXELATED_SIZE[self.step] * length)) for length in grains((height, width)))
        small = cv2.resize(pixels, (columns, rows), interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


class ElasticTransform(Corruption):
    """``face/elastic_transform@1`` … ``@5``: stretched and squeezed, on the whole (1, 2) or locally (3 to 5)."""

    severities = steps("moves {:g}, smoothness {:g}, corners {:g} px at 224", ELASTIC_PX)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """A drawn affine map, then every point is taken from a place that is drawn."""
        height, width = pixels.shape[:2]
        scale = scale_of((height, width))
        strength, smoothness_px, corners_px = ELASTIC_PX[self.step]
        picture = _sheared(as_float(pixels), corners_px * scale, rng)
        down, right = (
            scale
            * strength
            * layer((height, width), lambda shape: _smooth(rng.uniform(-1, 1, shape), smoothness_px))
            for _ in "yx"
        )
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        moved = cv2.remap(picture, columns + right, rows + down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        return as_pixels(moved)


def brightened(picture: FloatPicture, by: float) -> FloatPicture:
    """A float picture whose value (the largest channel) grows by `by`, at most to 1; hue and saturation stay."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV)
    hsv[..., 2] = np.clip(hsv[..., 2] + by, 0.0, 1.0)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.float32)


def _sheared(picture: FloatPicture, corners_px: float, rng: np.random.Generator) -> FloatPicture:
    """The affine map that moves three points around the middle by what is drawn."""
    height, width = picture.shape[:2]
    x, y, reach = width / 2.0, height / 2.0, max(1.0, min(height, width) / 3.0)
    points = np.array([(x + reach, y + reach), (x + reach, y - reach), (x - reach, y - reach)], np.float32)
    # Three points on one line would leave no picture: in long and thin ones they move less.
    farthest = min(corners_px, reach * 2.0 / 3.0)
    aims = points + rng.uniform(-farthest, farthest, points.shape).astype(np.float32)
    turn = cv2.getAffineTransform(points, aims)
    sheared = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(sheared, np.float32)


def _smooth(values: np.ndarray, sd_px: float) -> FloatPicture:
    side = 2 * int(3.0 * sd_px + 0.5) + 1
    smooth = cv2.GaussianBlur(values.astype(np.float32), (side, side), sd_px, borderType=cv2.BORDER_REFLECT)
    return np.asarray(smooth, np.float32)
