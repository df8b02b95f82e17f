"""Apparent skin tone of simulated people, whose tone is known, and of the same pictures in other light."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.colour import lab_of, pixels_of
from harness.signals.monk_scale import MONK_LAB
from harness.signals.skin import find_skin
from harness.signals.skin_tone import Lighting, apparent_skin_tone, tone_of
from tests.simulated_pictures import face_of_tone, neutral_faces


def in_light(pixels: np.ndarray, gain: tuple[float, float, float]) -> np.ndarray:
    """The picture with its linear light multiplied."""
    values = pixels / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) * gain
    linear = np.clip(linear, 0.0, 1.0)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * encoded).astype(np.uint8)


def test_the_tone_of_simulated_people_is_told_within_a_step_in_the_middle_of_the_scale() -> None:
    errors = [
        (tone, measured.monk - tone)
        for tone, pixels in neutral_faces()
        if (measured := apparent_skin_tone(pixels)) is not None
    ]
    assert all(abs(error) <= 1 for tone, error in errors if 4 <= tone <= 8)
    # The light of a picture is not full light: light skin seems darker, as in photographs.
    assert all(0 <= error <= 5 for tone, error in errors if tone <= 3)


def test_lightness_hue_and_typology_angle_are_those_of_the_median() -> None:
    pixels = face_of_tone(6)
    skin, tone = find_skin(pixels), apparent_skin_tone(pixels)
    assert skin is not None
    assert tone is not None
    lightness, a, b = np.median(lab_of(pixels[skin.rows, skin.columns])[skin.inside], axis=0)
    assert tone.lightness == pytest.approx(lightness)
    assert tone.hue_deg == pytest.approx(np.degrees(np.arctan(b / a)))
    assert tone.ita_deg == pytest.approx(np.degrees(np.arctan((lightness - 50) / b)), abs=1e-4)
    assert tone.chroma == pytest.approx(np.sqrt(a**2 + b**2), rel=1e-5)
    assert tone.skin_share == pytest.approx(skin.inside.sum() / skin.face.width**2)


@pytest.mark.parametrize("tone", range(1, 11))
def test_skin_in_a_reference_colour_has_that_tone(tone: int) -> None:
    pixels = face_of_tone(6)
    skin = find_skin(pixels)
    assert skin is not None
    painted = pixels.copy()
    part = painted[skin.rows, skin.columns]
    part[skin.inside] = pixels_of(MONK_LAB[tone - 1].astype(np.float32))
    same = type(skin)(skin.face, skin.rows, skin.columns, skin.weight, lab_of(part))
    measured = tone_of(same, painted)
    assert (measured.monk, measured.monk_distance) == (tone, pytest.approx(0.0, abs=0.3))


@pytest.mark.parametrize(
    ("gain", "lighting"),
    [
        ((1.0, 1.0, 1.0), Lighting.EVEN),
        ((0.4, 0.7, 1.8), Lighting.COLOURED),
        ((6.0, 6.0, 6.0), Lighting.OVEREXPOSED),
        ((0.02, 0.02, 0.02), Lighting.UNDEREXPOSED),
    ],
)
def test_light_that_hides_the_tone_is_flagged(gain: tuple[float, float, float], lighting: Lighting) -> None:
    pixels = face_of_tone(6)
    skin = find_skin(pixels)
    assert skin is not None
    lit = in_light(pixels, gain)
    seen = type(skin)(skin.face, skin.rows, skin.columns, skin.weight, lab_of(lit[skin.rows, skin.columns]))
    assert tone_of(seen, lit).lighting == lighting


def test_light_from_one_side_and_grey_pictures_are_flagged() -> None:
    pixels = face_of_tone(6)
    half = pixels.copy()
    half[:, : half.shape[1] // 2] //= 2
    skin = find_skin(pixels)
    assert skin is not None
    lit = type(skin)(skin.face, skin.rows, skin.columns, skin.weight, lab_of(half[skin.rows, skin.columns]))
    assert tone_of(lit, half).lighting == Lighting.UNEVEN
    grey = apparent_skin_tone(np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8))
    assert grey is not None
    assert grey.lighting == Lighting.GREY
    assert apparent_skin_tone(np.full((90, 90, 3), 128, np.uint8)) is None
