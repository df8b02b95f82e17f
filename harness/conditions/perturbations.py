"""Slight changes that one frame of a film may have against the next: ten perturbations of ImageNet-P.

RAF-DB-P (Greco et al. 2023) applies them to faces. In ImageNet-P (Hendrycks & Dietterich 2019) each is a sequence
of 30 frames or more; severity 5 is its last frame, severities 1 to 4 lie at even steps between the picture and it.
Noise has three strengths there, which are severities 1, 3 and 5. Directions are drawn per sample. Lengths grow
with the picture; what comes in at an edge repeats its last row or column, where ImageNet-P had a larger picture to
cut from. The names end in ``_p``: most of these have a stronger namesake among the corruptions.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from harness.conditions.condition import LabelPreserving
from harness.conditions.imagenet_c import FACES, Corruption, steps
from harness.conditions.picture_blurs import MAX_MOTION_DEG, moved, zoomed
from harness.conditions.picture_noises import counted_photons, standard_noise
from harness.conditions.picture_processing import brightened
from harness.conditions.picture_scale import (
    REFERENCE_SIDE,
    FloatPicture,
    Pixels,
    as_float,
    as_pixels,
    layer,
    scale_of,
)
from harness.conditions.weather import noise_of_size, snowed

GAUSSIAN_SD = (0.03, 0.04, 0.05, 0.065, 0.08)
SHOT_PHOTONS = (300, 200, 120, 80, 60)
MOTION_SD_PX = (0.6, 1.2, 1.8, 2.4, 3.0)
MOTION_RADIUS_PX = 10
ZOOM_FRAMES = (6, 12, 18, 24, 30)
ZOOM_PER_FRAME = 0.004
SNOW_SHARE = (0.2, 0.4, 0.6, 0.8, 1.0)
BRIGHTNESS = (0.06, 0.12, 0.18, 0.24, 0.30)
TRANSLATION_PX = (4, 8, 12, 16, 20)
ROTATION_DEG = (3, 6, 9, 12, 15)
SCALE = (0.88, 0.76, 0.64, 0.52, 0.40)

Map = npt.NDArray[np.float64]
"""A projective map of the plane, shape (3, 3): places in the picture → places in the changed one."""


class Perturbation(Corruption):
    """A perturbation of ImageNet-P."""

    label_preserving = LabelPreserving.ASSUMED
    source = f"parameters: Hendrycks & Dietterich 2019 (arXiv:1903.12261, ImageNet-P); {FACES}"


class SlightGaussianNoise(Perturbation):
    """``face/gaussian_noise_p@1`` … ``@5``: noise that people hardly see."""

    each_frame_anew = True
    severities = steps("standard deviation {:g} of the range", GAUSSIAN_SD)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Noise is added."""
        return as_pixels(as_float(pixels) + GAUSSIAN_SD[self.step] * standard_noise(pixels, rng))


class SlightShotNoise(Perturbation):
    """``face/shot_noise_p@1`` … ``@5``: light that arrives in photons, many of them."""

    each_frame_anew = True
    severities = steps("{} photons at full brightness", SHOT_PHOTONS)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Each value is the count of a Poisson process."""
        return as_pixels(counted_photons(as_float(pixels), SHOT_PHOTONS[self.step], rng))


class SlightMotionBlur(Perturbation):
    """``face/motion_blur_p@1`` … ``@5``: a short trace, in a direction that is drawn."""

    severities = steps(f"trace of radius {MOTION_RADIUS_PX} px, standard deviation {{:g}} px at 224", MOTION_SD_PX)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Each point leaves a trace that fades."""
        angle_deg = rng.uniform(-MAX_MOTION_DEG, MAX_MOTION_DEG)
        return as_pixels(moved(as_float(pixels), MOTION_RADIUS_PX, MOTION_SD_PX[self.step], angle_deg))


class SlightZoomBlur(Perturbation):
    """``face/zoom_blur_p@1`` … ``@5``: the camera came a little closer."""

    severities = steps(f"{{}} enlargements, each by {ZOOM_PER_FRAME} more", ZOOM_FRAMES)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The mean of the picture and of its enlargements."""
        factors = [1.0 + ZOOM_PER_FRAME * frame for frame in range(1, ZOOM_FRAMES[self.step] + 1)]
        return as_pixels(zoomed(as_float(pixels), factors))


class SlightSnow(Perturbation):
    """``face/snow_p@1`` … ``@5``: light snow."""

    severities = steps("{:.0%} of the flakes' and the paleness' strength", SNOW_SHARE)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Colours turn a little pale, flakes are added."""
        share = SNOW_SHARE[self.step]
        angle_deg = rng.uniform(-150.0, -30.0)

        def flakes(shape: tuple[int, int]) -> FloatPicture:
            noise = 0.05 + 0.3 * noise_of_size(shape, 3.0, rng)
            return moved(
                np.where(noise < 0.5, 0.0, np.clip(noise, 0.0, 1.0)).astype(np.float32), 14, 4.0, angle_deg
            )

        return as_pixels(snowed(as_float(pixels), share * layer(pixels.shape, flakes), 1.0 - 0.15 * share))


class SlightBrightness(Perturbation):
    """``face/brightness_p@1`` … ``@5``: brighter or darker, which is drawn."""

    severities = steps("value + or - {:g}", BRIGHTNESS)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """The value of HSV moves."""
        return as_pixels(brightened(as_float(pixels), _sign(rng) * BRIGHTNESS[self.step]))


class MovingPerturbation(Perturbation):
    """The picture is mapped to the plane in another place."""

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Mapped; places are interpolated linearly."""
        height, width = pixels.shape[:2]
        mapped = cv2.warpPerspective(
            pixels,
            self.map_of(height, width, _sign(rng)),
            (width, height),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(mapped, np.uint8)

    @abstractmethod
    def map_of(self, height: int, width: int, sign: float) -> Map:
        """The map for a picture of this size.

        Args:
            height: of the picture.
            width: of the picture.
            sign: 1 or -1, drawn.
        """


class Translate(MovingPerturbation):
    """``face/translate_p@1`` … ``@5``: to the left or to the right, which is drawn."""

    severities = steps(f"{{}} of {REFERENCE_SIDE} px", TRANSLATION_PX)

    def map_of(self, height: int, width: int, sign: float) -> Map:
        """Sideways."""
        return _shift(sign * TRANSLATION_PX[self.step] * scale_of((height, width)), 0.0)


class Rotate(MovingPerturbation):
    """``face/rotate_p@1`` … ``@5``: around the middle, in a direction that is drawn."""

    severities = steps("{}°", ROTATION_DEG)

    def map_of(self, height: int, width: int, sign: float) -> Map:
        """Around the middle."""
        return _around_middle(height, width, sign * ROTATION_DEG[self.step], 1.0)


class Scale(MovingPerturbation):
    """``face/scale_p@1`` … ``@5``: farther away."""

    severities = steps("{:.0%} of the size", SCALE)

    def map_of(self, height: int, width: int, sign: float) -> Map:  # noqa: ARG002 (always smaller)
        """Towards the middle."""
        return _around_middle(height, width, 0.0, SCALE[self.step])


class Tilt(MovingPerturbation):
    """``face/tilt_p@1`` … ``@5``: turned out of the plane, around both axes, in a direction that is drawn."""

    severities = steps("{}°", ROTATION_DEG)

    def map_of(self, height: int, width: int, sign: float) -> Map:
        """Seen by a camera as far away as the picture's diagonal is long."""
        angle = np.deg2rad(sign * ROTATION_DEG[self.step])
        cos, sin = np.cos(angle), np.sin(angle)
        around_x = np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
        around_y = np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])
        far = np.hypot(height, width)
        # Of the picture's plane z = 0 the first two columns of the rotation are left.
        turned = np.column_stack([(around_x @ around_y)[:, :2], [0.0, 0.0, far]])
        camera = np.diag([far, far, 1.0])
        x, y = (width - 1) / 2.0, (height - 1) / 2.0
        return np.asarray(_shift(x, y) @ camera @ turned @ _shift(-x, -y))


def _sign(rng: np.random.Generator) -> float:
    return 1.0 if rng.random() < 0.5 else -1.0


def _shift(x: float, y: float) -> Map:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _around_middle(height: int, width: int, angle_deg: float, factor: float) -> Map:
    middle: Any = ((width - 1) / 2.0, (height - 1) / 2.0)
    return np.vstack([cv2.getRotationMatrix2D(middle, angle_deg, factor), [0.0, 0.0, 1.0]])
