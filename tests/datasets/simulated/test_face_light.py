"""A flat grey card under the lamp, and a camera's tone curve: values by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.datasets.simulated.face_light import (
    BROAD_GLOSS,
    FILL_STRENGTH,
    GLOSS_TINT,
    SHADOW_END,
    SHADOW_LIFT,
    SHARP_GLOSS,
    WRAP,
    Light,
    Surface,
    exposed,
    lit,
)


def card(colour: float = 0.5, gloss: float = 0.0, slope: float = 0.0) -> Surface:
    """A card of 9 by 9 pixels that rises to the right by so much."""
    height = np.broadcast_to(slope * np.arange(9, dtype=np.float32) / 10.0, (9, 9)).astype(np.float32)
    ones = np.ones((9, 9), np.float32)
    return Surface(np.full((9, 9, 3), colour, np.float32), height, gloss * ones, ones, unit_px=10.0)


def test_a_flat_card_sends_back_its_share_of_lamp_fill_and_surrounding() -> None:
    light = Light(azimuth_deg=0.0, elevation_deg=60.0, strength=0.7, ambient=0.2)
    evenly = 0.2 + FILL_STRENGTH * np.cos(np.radians(15))
    expected = [0.5 * (evenly + 0.7 * (0.5 + wrap) / (1 + wrap)) for wrap in WRAP]
    assert lit(card(), light)[4, 4] == pytest.approx(expected, rel=1e-5)


def test_what_faces_away_from_the_lamp_keeps_the_surrounding_and_the_fill() -> None:
    """A slope of 4 to the right has the normal (-4, 0, 1) / √17, with the lamp at 90° on the right behind it."""
    light = Light(azimuth_deg=90.0, elevation_deg=0.0, strength=0.7, ambient=0.2)
    shaded = lit(card(slope=4.0), light)[4, 4]
    fill = (np.cos(np.radians(15)) * 4) / np.sqrt(17)
    assert shaded == pytest.approx([0.5 * (0.2 + FILL_STRENGTH * fill)] * 3, rel=1e-4)
    assert lit(card(slope=-4.0), light)[4, 4].min() > 2 * shaded.max()


def test_gloss_mirrors_the_lamp_whatever_the_colour() -> None:
    """The lamp stands at the camera: the card faces half-way. The fill is 15° below: half-way is 7.5° off."""
    light = Light(azimuth_deg=0.0, elevation_deg=0.0, strength=0.7, ambient=0.2)
    cosine = np.cos(np.radians(7.5))
    mirrored = 0.7 * (BROAD_GLOSS + SHARP_GLOSS)
    mirrored += FILL_STRENGTH * (BROAD_GLOSS * cosine**8 + SHARP_GLOSS * cosine**32)
    for colour in (0.05, 0.6):
        gained = lit(card(colour, gloss=0.5), light) - lit(card(colour), light)
        assert gained[4, 4] == pytest.approx(0.5 * mirrored * GLOSS_TINT, rel=1e-4)


def test_the_tone_curve_opens_shadows_and_rolls_highlights_off() -> None:
    grey = np.array([0.001, 0.5, 0.9, 3.0], np.float32)
    found = exposed(np.repeat(grey[:, None], 3, axis=1)[None], 1.0)[0, :, 0]
    assert found[0] == pytest.approx(0.001 * (1 + SHADOW_LIFT * np.exp(-0.001 / SHADOW_END)), rel=1e-4)
    assert found[1] == pytest.approx(0.5, abs=1e-3)
    assert found[2] == pytest.approx(0.8 + 0.2 * np.tanh(0.5), rel=1e-3)
    assert found[3] == pytest.approx(1.0, abs=1e-4)
    doubled = exposed(np.repeat(grey[:, None] / 2, 3, axis=1)[None], 2.0)[0, :, 0]
    np.testing.assert_allclose(doubled, found, rtol=1e-6)
