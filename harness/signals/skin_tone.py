"""Apparent skin tone: the colour of the skin in one picture, which is not who somebody is.

It depends on the light, the camera's white balance and exposure as well as on the skin. Classical measures agree
little with what people say of the same faces (arXiv:2603.02475), so it is an estimate with an error of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.signals.colour import hue_deg, ita_deg
from harness.signals.monk_scale import nearest_monk
from harness.signals.skin import Skin, find_skin

Pixels = npt.NDArray[np.uint8]

GREY_CHROMA = 2.0
"""A picture is grey where nineteen of twenty points of a face and its surroundings have less chroma. Light skin
alone may have little: that of tone 1 has 5 in full light, and less in the shade."""

HUES_DEG = (15.0, 105.0)
"""Skin of another hue is seen in coloured light; those of the Monk scale lie between 49° and 89°."""

MAX_CLIPPED = 0.05
DARKEST = 8.0
"""L*. Skin that is darker is underexposed; that of tone 10 is 14.6."""

MAX_ACROSS = 15.0
"""Difference in L* between the left and the right half of a face."""


class Lighting(StrEnum):
    """What stands against trusting the colour of skin in a picture: the first of these that holds."""

    GREY = "grey picture"
    COLOURED = "coloured light"
    OVEREXPOSED = "overexposed"
    UNDEREXPOSED = "underexposed"
    UNEVEN = "uneven light"
    EVEN = "even light"


@dataclass(frozen=True)
class SkinTone:
    """The apparent skin tone of a face, from the median colour of its skin (CIELAB, D65).

    Attributes:
        lightness: L*, 0 to 100. Light above 60 (Thong et al. 2023, arXiv:2309.05148).
        hue_deg: h_ab, degrees; red below, yellow above 55 (the same).
        ita_deg: individual typology angle, degrees.
        chroma: C*_ab.
        monk: the tone of the Monk scale, 1 to 10, whose reference colour is nearest in ΔE00.
        monk_distance: the ΔE00 to it.
        skin_share: pixels of skin for each pixel of the face's box.
        lighting: whether the light lets the colour be trusted.
    """

    lightness: float
    hue_deg: float
    ita_deg: float
    chroma: float
    monk: int
    monk_distance: float
    skin_share: float
    lighting: Lighting


def apparent_skin_tone(pixels: Pixels) -> SkinTone | None:
    """Measure the largest face of an RGB picture; None where no face, or too little skin, is found.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
    """
    skin = find_skin(pixels)
    return None if skin is None else tone_of(skin, pixels)


def tone_of(skin: Skin, pixels: Pixels) -> SkinTone:
    """The same for skin that was found."""
    middle = skin.middle
    monk, distance = nearest_monk(middle)
    return SkinTone(
        lightness=float(middle[0]),
        hue_deg=float(hue_deg(middle)),
        ita_deg=float(ita_deg(middle)),
        chroma=float(np.hypot(middle[1], middle[2])),
        monk=int(monk),
        monk_distance=float(distance),
        skin_share=float(skin.inside.sum() / (skin.face.width * skin.face.height)),
        lighting=_lighting(skin, middle, pixels),
    )


def is_grey(skin: Skin) -> bool:
    """Whether the picture has no colour around a face: it shows lightness, and neither hue nor tone."""
    return bool(np.percentile(np.hypot(skin.lab[..., 1], skin.lab[..., 2]), 95) < GREY_CHROMA)


def _lighting(skin: Skin, middle: Floats, pixels: Pixels) -> Lighting:
    shown = pixels[skin.rows, skin.columns][skin.inside]
    lightness = skin.lab[..., 0]
    is_left = np.arange(lightness.shape[1]) + skin.columns.start < skin.face.x + skin.face.width / 2.0
    sides = [lightness[skin.inside & (is_left == side)] for side in (True, False)]
    across = abs(float(np.median(sides[0]) - np.median(sides[1]))) if all(len(side) for side in sides) else 0.0
    low, high = HUES_DEG
    found = {
        Lighting.GREY: is_grey(skin),
        Lighting.COLOURED: not low <= float(hue_deg(middle)) <= high,
        Lighting.OVEREXPOSED: float(np.mean((shown == 255).any(axis=1))) > MAX_CLIPPED,
        Lighting.UNDEREXPOSED: middle[0] < DARKEST,
        Lighting.UNEVEN: across > MAX_ACROSS,
    }
    return next((lighting for lighting, holds in found.items() if holds), Lighting.EVEN)
