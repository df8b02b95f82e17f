"""Weather and dirt in front of the lens: four corruptions of ImageNet-C.

What falls or settles is drawn at the size of the reference (a shorter side of 224 pixels) and enlarged with the
picture. ImageNet-C's frost is six photographs of frozen panes; ours is drawn, so its texture differs.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from harness.arrays import Floats
from harness.conditions.imagenet_c import Corruption, steps
from harness.conditions.picture_blurs import gaussian, moved
from harness.conditions.picture_scale import FloatPicture, Pixels, as_float, as_pixels, layer

FOG = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))
"""How thick, and ImageNet-C's decay: clouds are thinner than those twice as large by its square, as the published
generator draws them with the square of what it divides by the decay."""

FROST = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
"""The weight of the picture and that of the frost."""

FROST_COLOUR = (0.72, 0.82, 0.90)

SNOW = (
    (0.1, 0.3, 3.0, 0.5, 10, 4.0, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12, 4.0, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12, 8.0, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8.0, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12.0, 0.55),
)
"""Mean and standard deviation of the noise that flakes are cut from, their size, the value from which noise is a
flake, radius and standard deviation of their fall in pixels, and the weight of the picture's own colours."""

SPATTER = ((4.0, 0.69, 0.6), (3.0, 0.68, 0.6), (2.0, 0.68, 0.5), (1.0, 0.65, 1.5), (1.0, 0.65, 1.5))
"""Size of the drops, the value from which noise is a drop, and the strength of water or the softness of mud."""

SPATTER_NOISE = ((0.65, 0.3), (0.65, 0.3), (0.65, 0.3), (0.65, 0.3), (0.67, 0.4))
FIRST_MUD = 4
"""From this severity the drops are mud."""

WATER = np.array((175, 238, 238), np.float32) / np.float32(255.0)
MUD = np.array((63, 42, 20), np.float32) / np.float32(255.0)


class Fog(Corruption):
    """``face/fog@1`` … ``@5``: clouds of uneven thickness."""

    severities = steps("thickness {:g}, decay {:g}", FOG)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Fog is added, and the whole scaled to the range of the picture."""
        thickness, decay = FOG[self.step]
        picture = as_float(pixels)
        brightest = float(picture.max())
        fog = layer(pixels.shape, lambda shape: clouds(shape, decay**2, rng))
        return as_pixels((picture + thickness * fog[..., None]) * (brightest / (brightest + thickness)))


class Frost(Corruption):
    """``face/frost@1`` … ``@5``: ice on the lens. The texture is drawn, not photographed as in ImageNet-C."""

    severities = steps("{:g} of the picture, {:g} of the frost", FROST)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Picture and frost, weighted and added."""
        kept, added = FROST[self.step]
        ice = layer(pixels.shape, lambda shape: crystals(shape, rng))
        return as_pixels(kept * as_float(pixels) + added * ice[..., None] * np.array(FROST_COLOUR, np.float32))


class Snow(Corruption):
    """``face/snow@1`` … ``@5``: flakes that fall in a direction that is drawn, and paler colours."""

    severities = steps(
        "noise {:g} ± {:g}, flakes of size {:g} above {:g}, fall {} and {:g} px, own colours {:.0%}", SNOW
    )

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Colours turn pale, flakes are added."""
        mean, sd, size, least, radius_px, fall_px, own = SNOW[self.step]
        angle_deg = rng.uniform(-135.0, -45.0)

        def flakes(shape: tuple[int, int]) -> FloatPicture:
            noise = mean + sd * noise_of_size(shape, size, rng)
            return moved(
                np.where(noise < least, 0.0, np.clip(noise, 0.0, 1.0)).astype(np.float32),
                radius_px,
                fall_px,
                angle_deg,
            )

        return as_pixels(snowed(as_float(pixels), layer(pixels.shape, flakes), own))


class Spatter(Corruption):
    """``face/spatter@1`` … ``@5``: drops on the lens, of water up to severity 3, then of mud."""

    severities = steps("drops of {:g} px at 224 above {:g}, {:g}", SPATTER)

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """Water brightens the edges of its drops; mud covers."""
        size, least, strength = SPATTER[self.step]
        mean, sd = SPATTER_NOISE[self.step]

        def liquid(shape: tuple[int, int]) -> FloatPicture:
            return gaussian((mean + sd * rng.standard_normal(shape)).astype(np.float32), size)

        picture = as_float(pixels)
        if self.step + 1 < FIRST_MUD:
            water = layer(pixels.shape, lambda shape: strength * drops(liquid(shape), least))
            return as_pixels(picture + water[..., None] * WATER)
        mud = layer(pixels.shape, lambda shape: covered(liquid(shape), least, strength))[..., None]
        return as_pixels(picture * (1.0 - mud) + MUD * mud)


def clouds(shape: tuple[int, int], decay: float, rng: np.random.Generator) -> Floats:
    """Fractal noise in [0, 1]: sums of uniform noise, each twice as fine and `decay` times as weak as the last."""
    height, width = shape
    total = np.zeros(shape)
    for octave in range(1, math.ceil(math.log2(max(height, width))) + 1):
        cells = 2**octave + 1
        coarse = rng.uniform(-1.0, 1.0, (cells, cells)).astype(np.float32)
        total += decay**-octave * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return _to_unit(total)


def crystals(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Ice in [0, 1]: bright ridges where fractal noise crosses its middle, denser where other clouds are."""
    fine, dense = clouds(shape, 1.3, rng), clouds(shape, 2.0, rng)
    ridges = 1.0 - np.abs(2.0 * fine - 1.0)
    return _to_unit(ridges**3 * (0.25 + dense))


def noise_of_size(shape: tuple[int, int], size: float, rng: np.random.Generator) -> Floats:
    """Standard normal noise whose grains are `size` pixels large."""
    rows, columns = (max(1, math.ceil(length / size)) for length in shape)
    coarse = rng.standard_normal((rows, columns)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float64)


def snowed(picture: FloatPicture, flakes: FloatPicture, own: float) -> FloatPicture:
    """Paler colours, and the flakes added as they are and turned by half."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[..., None]
    pale = own * picture + (1.0 - own) * np.maximum(picture, 1.5 * grey + 0.5)
    return np.asarray(pale + flakes[..., None] + flakes[::-1, ::-1, None], np.float32)


def drops(liquid: FloatPicture, least: float) -> FloatPicture:
    """How much light drops of water reflect, [0, 1]: most at the edge that is turned to the light."""
    inside = (liquid >= least).astype(np.uint8)
    depth = np.minimum(cv2.distanceTransform(inside, cv2.DIST_L2, 5), 20.0).astype(np.float32)
    towards_light = cv2.filter2D(depth, -1, np.array([[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], np.float32))
    light = cv2.blur(np.clip(towards_light, 0.0, None) * inside, (3, 3))
    return np.asarray(light / max(float(light.max()), 1e-6), np.float32)


def covered(liquid: FloatPicture, least: float, softness_px: float) -> FloatPicture:
    """How much of each point mud covers: 0 or at least 0.8."""
    soft = gaussian((liquid > least).astype(np.float32), softness_px)
    return np.where(soft < 0.8, np.float32(0.0), soft)


def _to_unit(values: Floats) -> Floats:
    low, high = float(values.min()), float(values.max())
    return (values - low) / max(high - low, 1e-12)
