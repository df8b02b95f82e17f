"""Noise of the camera: four corruptions of ImageNet-C.

In pictures whose shorter side is over 224 pixels, a grain of noise is as large as a pixel would be at 224: noise
of single pixels would vanish where a system shrinks its input.
"""

from __future__ import annotations

import cv2
import numpy as np

from harness.conditions.imagenet_c import Corruption, steps
from harness.conditions.picture_scale import FloatPicture, Pixels, as_float, as_pixels, grained, grains

GAUSSIAN_SD = (0.08, 0.12, 0.18, 0.26, 0.38)
SHOT_PHOTONS = (60, 25, 12, 5, 3)
IMPULSE_SHARE = (0.03, 0.06, 0.09, 0.17, 0.27)
SPECKLE_SD = (0.15, 0.2, 0.35, 0.45, 0.6)


class GaussianNoise(Corruption):
    """``face/gaussian_noise@1`` … ``@5``: added to every channel, as in low light."""

    each_frame_anew = True
    severities = steps("standard deviation {:g} of the range", GAUSSIAN_SD)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Noise is added, then the range clipped."""
        return as_pixels(as_float(pixels) + GAUSSIAN_SD[self.step] * standard_noise(pixels, rng))


class SpeckleNoise(Corruption):
    """``face/speckle_noise@1`` … ``@5``: noise in proportion to the brightness."""

    each_frame_anew = True
    severities = steps("standard deviation {:g} of the value", SPECKLE_SD)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Each value times 1 + noise."""
        return as_pixels(as_float(pixels) * (1.0 + SPECKLE_SD[self.step] * standard_noise(pixels, rng)))


class ShotNoise(Corruption):
    """``face/shot_noise@1`` … ``@5``: light that arrives in few photons."""

    each_frame_anew = True
    severities = steps("{} photons at full brightness", SHOT_PHOTONS)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Each value is the count of a Poisson process."""
        return as_pixels(counted_photons(as_float(pixels), SHOT_PHOTONS[self.step], rng))


class ImpulseNoise(Corruption):
    """``face/impulse_noise@1`` … ``@5``: values that are lost, black or full (salt and pepper)."""

    each_frame_anew = True
    severities = steps("{:.0%} of the values", IMPULSE_SHARE)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Half of the values that are lost become 0, the others 255; each channel for itself."""
        drawn = grained(pixels.shape, rng.random)
        half = IMPULSE_SHARE[self.step] / 2.0
        changed = pixels.copy()
        changed[drawn < half] = 0
        changed[drawn >= 1.0 - half] = 255
        return changed


def standard_noise(pixels: Pixels, rng: np.random.Generator) -> FloatPicture:
    """Standard normal noise for a picture."""
    return grained(pixels.shape, rng.standard_normal)


def counted_photons(picture: FloatPicture, photons: float, rng: np.random.Generator) -> FloatPicture:
    """A float picture as counts of photons, of which a full value is `photons`, in expectation.

    In a picture with grains larger than a pixel, each grain has what its mean brightness gained or lost.
    """
    height, width = picture.shape[:2]
    rows, columns = grains((height, width))
    coarse = cv2.resize(picture, (columns, rows), interpolation=cv2.INTER_AREA)
    counted = (rng.poisson(coarse.astype(np.float64) * photons) / photons).astype(np.float32)
    if (rows, columns) == (height, width):
        return np.asarray(counted, np.float32)
    gained = cv2.resize(counted - coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    return picture + np.asarray(gained, np.float32)
