"""The lighting of a schematic face: a lamp, a weaker fill light from the other side and below, grey surroundings.

Skin reflects light in two ways. The diffuse reflection has the colour of the skin. The gloss of the surface has
the colour of the lamps and is as bright on dark skin as on light skin. So light faces show their shape by shadows,
dark faces by highlights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

WRAP = (0.30, 0.18, 0.14)
"""How far light reaches into the shadow, per channel: skin scatters red light furthest."""

BROAD_GLOSS, SHARP_GLOSS = 0.14, 0.06
"""How much of the lamp a surface of gloss 1 reflects in a broad (exponent 8) and a sharp lobe (exponent 32)."""

GLOSS_TINT = np.array([1.22, 0.97, 0.78], np.float32)
"""The lamp has a warm colour, which is most visible in the gloss of the skin."""

FILL_STRENGTH = 0.22
FILL_ELEVATION_DEG = -15.0

SHADOW_LIFT, SHADOW_END = 1.8, 0.07
"""The camera's tone curve brightens deep shadows, equally in every picture: luminance Y grows by this share times
exp(-Y / end), which more than doubles the darkest values and hardly changes those above 0.3."""

SHOULDER = 0.80
"""From here on highlights are compressed, as a camera does, instead of being cut off at 1."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

Field = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Light:
    """The lamp: degrees from the front to the right and upwards; its strength, and that of the surrounding."""

    azimuth_deg: float = 0.0
    elevation_deg: float = 35.0
    strength: float = 0.75
    ambient: float = 0.22


@dataclass(frozen=True)
class Surface:
    """The surface that is lit.

    Attributes:
        colour: diffuse, linear light in [0, 1], shape (H, W, 3).
        height: towards the camera, in face units, shape (H, W).
        gloss: 0 (matt) to about 1, shape (H, W).
        relief: where heights and gloss have an effect, 0 to 1, shape (H, W); elsewhere the surface is flat and
            matt.
        unit_px: pixels per face unit.
    """

    colour: Field
    height: Field
    gloss: Field
    relief: Field
    unit_px: float


def lit(surface: Surface, light: Light) -> Field:
    """Light the surface: linear light, shape (H, W, 3), within [0, 1]."""
    slope_x = surface.relief * cv2.Sobel(surface.height, cv2.CV_32F, 1, 0, scale=surface.unit_px / 8.0)
    slope_y = surface.relief * cv2.Sobel(surface.height, cv2.CV_32F, 0, 1, scale=surface.unit_px / 8.0)
    shorten = 1.0 / np.sqrt(1.0 + slope_x**2 + slope_y**2)

    def facing(toward: tuple[float, float, float]) -> Field:
        cosine: Field = (toward[2] - slope_x * toward[0] - slope_y * toward[1]) * shorten
        return cosine

    lamp = _toward(light.azimuth_deg, light.elevation_deg)
    fill = _toward(-light.azimuth_deg, FILL_ELEVATION_DEG)
    to_lamp = facing(lamp)
    evenly = light.ambient + FILL_STRENGTH * np.maximum(facing(fill), 0.0)
    shade = np.stack(
        [evenly + light.strength * np.maximum((to_lamp + wrap) / (1.0 + wrap), 0.0) for wrap in WRAP], axis=2
    )
    mirrored = light.strength * _gloss(facing(_halfway(lamp))) + FILL_STRENGTH * _gloss(facing(_halfway(fill)))
    light_back: Field = (
        surface.colour * shade + GLOSS_TINT * (surface.relief * surface.gloss * mirrored)[:, :, None]
    )
    return light_back


def exposed(linear: Field, exposure: float) -> Field:
    """Linear light as a camera records it: exposed, shadows brightened, highlights compressed; within [0, 1]."""
    linear = np.maximum(exposure * linear, 0.0)
    linear *= (1.0 + SHADOW_LIFT * np.exp(linear @ LUMINANCE / -SHADOW_END))[:, :, None]
    room = 1.0 - SHOULDER
    bright: Field = SHOULDER + room * np.tanh(np.maximum(linear - SHOULDER, 0.0) / room)
    return np.where(linear > SHOULDER, bright, linear)


def _gloss(cosine: Field) -> Field:
    eighth = np.maximum(cosine, 0.0) ** 2
    eighth *= eighth
    eighth *= eighth
    sharp = eighth * eighth
    mirrored: Field = BROAD_GLOSS * eighth + SHARP_GLOSS * sharp * sharp
    return mirrored


def _toward(azimuth_deg: float, elevation_deg: float) -> tuple[float, float, float]:
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return math.sin(azimuth) * flat, -math.sin(elevation), math.cos(azimuth) * flat


def _halfway(toward: tuple[float, float, float]) -> tuple[float, float, float]:
    """The direction halfway between a lamp and the camera: surfaces that face it reflect the lamp."""
    x, y, z = toward[0], toward[1], toward[2] + 1.0
    length = math.sqrt(x**2 + y**2 + z**2)
    return x / length, y / length, z / length
