"""Blur: five corruptions of ImageNet-C. Lengths in pixels are for a shorter side of 224 and grow with the picture.

Beyond the edges of a picture, its last row or column is repeated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from harness.conditions.imagenet_c import Corruption, steps
from harness.conditions.picture_scale import FloatPicture, Pixels, as_float, as_pixels, layer, scale_of

GAUSSIAN_SD_PX = (1.0, 2.0, 3.0, 4.0, 6.0)
DEFOCUS_RADIUS_PX = (3.0, 4.0, 6.0, 8.0, 10.0)
GLASS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))
"""Standard deviation of the blur, the farthest that a pixel moves (both in pixels), and how often."""

MOTION_PX = ((10, 3.0), (15, 5.0), (15, 8.0), (15, 12.0), (20, 15.0))
"""Radius and standard deviation of the trace."""

MAX_MOTION_DEG = 45.0
ZOOM = ((1.10, 0.01), (1.15, 0.01), (1.20, 0.02), (1.24, 0.02), (1.30, 0.03))
"""The strongest zoom, and the steps up to it."""

Kernel = npt.NDArray[np.float32]


class GaussianBlur(Corruption):
    """``face/gaussian_blur@1`` … ``@5``: a soft lens, or a picture that was enlarged."""

    severities = steps("standard deviation {:g} px at 224", GAUSSIAN_SD_PX)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Filtered."""
        return as_pixels(gaussian(as_float(pixels), GAUSSIAN_SD_PX[self.step] * scale_of(pixels.shape)))


class DefocusBlur(Corruption):
    """``face/defocus_blur@1`` … ``@5``: out of focus; each point becomes a disc."""

    severities = steps("disc of radius {:g} px at 224", DEFOCUS_RADIUS_PX)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Filtered."""
        return as_pixels(filtered(as_float(pixels), disc(DEFOCUS_RADIUS_PX[self.step] * scale_of(pixels.shape))))


class GlassBlur(Corruption):
    """``face/glass_blur@1`` … ``@5``: through frosted glass; neighbouring points change places."""

    severities = steps("blur of {:g} px, moves of up to {} px at 224, {} times", GLASS)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Blurred, moved and blurred again. Every point is taken from a place nearby that is drawn."""
        height, width = pixels.shape[:2]
        scale = scale_of((height, width))
        sd_px, farthest, times = GLASS[self.step]
        picture = gaussian(as_float(pixels), sd_px * scale)
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        for _ in range(times):
            down, right = (
                farthest * scale * layer((height, width), lambda shape: rng.uniform(-1, 1, shape)) for _ in "yx"
            )
            picture = cv2.remap(
                picture, columns + right, rows + down, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE
            )
        return as_pixels(gaussian(picture, sd_px * scale))


class MotionBlur(Corruption):
    """``face/motion_blur@1`` … ``@5``: the camera or the head moved, in a direction that is drawn."""

    severities = steps("trace of radius {} px, standard deviation {:g} px at 224", MOTION_PX)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Each point leaves a trace that fades."""
        radius_px, sd_px = MOTION_PX[self.step]
        angle_deg = rng.uniform(-MAX_MOTION_DEG, MAX_MOTION_DEG)
        return as_pixels(moved(as_float(pixels), radius_px, sd_px, angle_deg))


class ZoomBlur(Corruption):
    """``face/zoom_blur@1`` … ``@5``: the camera came closer while the picture was taken."""

    severities = steps("up to {} times in steps of {}", ZOOM)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The mean of the picture and of its enlargements."""
        strongest, by = ZOOM[self.step]
        return as_pixels(zoomed(as_float(pixels), np.arange(1.0, strongest + by / 2.0, by).tolist()))


def gaussian(picture: FloatPicture, sd_px: float) -> FloatPicture:
    """A Gaussian filter of this standard deviation, cut off at four of it; shape (H, W) or (H, W, C)."""
    side = 2 * math.ceil(4.0 * sd_px) + 1
    return np.asarray(cv2.GaussianBlur(picture, (side, side), sd_px, borderType=cv2.BORDER_REPLICATE), np.float32)


def filtered(picture: FloatPicture, kernel: Kernel) -> FloatPicture:
    """Correlated with a kernel."""
    return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REPLICATE), np.float32)


def disc(radius_px: float) -> Kernel:
    """A uniform disc with a soft edge of one pixel; sums to 1."""
    reach = math.ceil(radius_px)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = np.clip(radius_px + 0.5 - np.hypot(rows, columns), 0.0, 1.0)
    return np.asarray(inside / inside.sum(), np.float32)


def moved(picture: FloatPicture, radius_px: float, sd_px: float, angle_deg: float) -> FloatPicture:
    """Motion blur; lengths in pixels of a picture of 224 pixels; shape (H, W) or (H, W, C)."""
    scale = scale_of(picture.shape)
    return filtered(picture, trace(radius_px * scale, sd_px * scale, angle_deg))


def trace(radius_px: float, sd_px: float, angle_deg: float) -> Kernel:
    """One half of a Gaussian along a line, two radii long, from the middle in a direction; sums to 1."""
    along = np.arange(0.0, 2.0 * radius_px + 1.0)
    reach = math.ceil(along[-1]) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    rows = reach + along * math.sin(math.radians(angle_deg))
    columns = reach + along * math.cos(math.radians(angle_deg))
    weights = np.exp(-(along**2) / (2.0 * sd_px**2))
    top, left = np.floor(rows).astype(int), np.floor(columns).astype(int)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):
        share = np.abs(1 - down - (rows - top)) * np.abs(1 - right - (columns - left))
        np.add.at(kernel, (top + down, left + right), weights * share)
    return np.asarray(kernel / kernel.sum(), np.float32)


def zoomed(picture: FloatPicture, factors: Sequence[float]) -> FloatPicture:
    """The mean of a picture and of it enlarged around its middle by each factor."""
    height, width = picture.shape[:2]
    middle = ((width - 1) / 2.0, (height - 1) / 2.0)
    total = picture.copy()
    for factor in factors:
        enlarge = cv2.getRotationMatrix2D(middle, 0.0, factor)
        total += cv2.warpAffine(picture, enlarge, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(total / np.float32(len(factors) + 1), np.float32)
