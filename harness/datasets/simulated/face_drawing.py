"""Draws a schematic face from a person's looks, an expression (action units) and a situation.

The drawing is in layers, from the back to the front: hair behind, shoulders, neck, ears, head, eyes, nose, mouth,
folds, brows, hair, glasses. Skin, lips and folds take their colour from the skin tone, everything else is
independent of it. The face has a relief that is lit, so that features are visible as in a photograph.

All shapes are schematic and were made up for this module; none is measured from people.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import SIZE, Canvas, Colour, Pose, from_hex
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_eyes import draw_brow, draw_eye, draw_glasses, draw_socket
from harness.datasets.simulated.face_folds import draw_folds
from harness.datasets.simulated.face_hair import draw_hair, draw_hair_behind, strands_of
from harness.datasets.simulated.face_light import Field, Light
from harness.datasets.simulated.face_looks import SIDES, Looks, oval
from harness.datasets.simulated.face_mouth import draw_mouth

SKIN_GLOSS = 0.35
"""The gloss of skin outside the shiny areas."""

FLUSH = np.array([0.0, 0.10, 0.09], np.float32)
"""How much light, per channel, is absorbed by blood where it is near the surface of the skin."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """The situation of one picture. `background` is a grey, linear; `noise` the sensor's, in sRGB steps."""

    pose: Pose
    light: Light
    exposure: float = 1.0
    background: float = 0.25
    noise: float = 1.2
    glasses: bool = False


def draw(looks: Looks, actions: Actions, scene: Scene, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Draw the face: RGB, uint8, (SIZE, SIZE, 3). `rng` gives the texture of skin and hair and the noise."""
    texture = rng.standard_normal((2, SIZE, SIZE)).astype(np.float32)
    canvas = Canvas(scene.pose, np.full(3, scene.background, np.float32))
    skin = from_hex(looks.skin)
    strands = strands_of(canvas, looks, texture[0])
    draw_hair_behind(canvas, looks, strands)
    _body(canvas, looks, skin)
    head = _head(canvas, looks, actions, skin)
    canvas.darken(head * cv2.GaussianBlur(texture[0], (0, 0), 1.0), 0.04)
    for side in SIDES:
        draw_socket(canvas, looks, actions, side)
        draw_eye(canvas, looks, actions, skin, side)
    _nose(canvas, looks, actions, skin)
    draw_mouth(canvas, looks, actions, skin)
    draw_folds(canvas, looks, actions)
    for side in SIDES:
        draw_brow(canvas, looks, actions, skin, side)
    draw_hair(canvas, looks, strands, texture[0])
    if scene.glasses:
        draw_glasses(canvas, looks)
    return canvas.photograph(scene.light, head, scene.exposure, scene.noise * texture[1])


def _body(canvas: Canvas, looks: Looks, skin: Colour) -> None:
    """Shoulders in plain clothes, and the neck in the shadow of the head."""
    slope = np.linspace(-1.0, 1.0, 33)
    shoulders = np.stack([1.5 * slope, 1.04 + 0.30 * np.abs(slope) ** 1.5], axis=1)
    canvas.paint(canvas.mask([*shoulders, (1.5, 2.0), (-1.5, 2.0)], 0.015), from_hex(looks.clothes))
    neck = canvas.mask([(-0.40, 0.5), (0.40, 0.5), (0.47, 1.08), (0.0, 1.32), (-0.47, 1.08)], 0.02)
    round_off = np.maximum(1.0 - 1.6 * canvas.x**2, 0.3) * np.clip(0.25 + 0.9 * (canvas.y - 0.85), 0.3, 0.62)
    canvas.paint(neck, skin * round_off[:, :, None])
    width = 0.75 * looks.face_width
    for side in SIDES:
        ear = canvas.mask(oval(0.10, 0.19, 0.17, 0.9, x=side * (width + 0.005), y=-0.03), 0.012)
        canvas.paint(ear, 0.65 * skin)
        hollow = canvas.blob(side * (width + 0.035), -0.06, 0.022, 0.085)
        canvas.darken(hollow + canvas.blob(side * (width + 0.01), 0.03, 0.02, 0.04), 0.5)


def _head(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour) -> Field:
    """Forehead, cheeks and chin; returns where the head is."""
    width = 0.76 * looks.face_width
    head = canvas.mask(oval(width, 1.12, 1.0, looks.jaw), 0.012)
    canvas.paint(head, skin, SKIN_GLOSS)
    distance = (canvas.x / (1.02 * width)) ** 2 + ((canvas.y - 0.02) / 1.15) ** 2
    canvas.height += 0.60 * (1.0 - np.minimum(distance, 1.3))
    canvas.height += 0.06 * canvas.blob(0.0, 0.86, 0.15, 0.09)
    canvas.gloss += 0.55 * canvas.blob(0.0, -0.58, 0.30, 0.13) + 0.35 * canvas.blob(0.0, 0.84, 0.11, 0.07)
    cheek = 0.06 + 0.06 * actions.cheek_raiser_6 + 0.05 * actions.lip_corner_puller_12
    for side in SIDES:
        x, y = side * 0.43, 0.12 - 0.05 * actions.cheek_raiser_6
        canvas.height += cheek * canvas.blob(x, y, 0.15, 0.11)
        canvas.gloss += 0.55 * canvas.blob(1.05 * x, y - 0.05, 0.12, 0.07)
        canvas.darken(canvas.blob(x, y + 0.08, 0.15, 0.12), FLUSH * np.sqrt(skin))
        canvas.height -= 0.03 * canvas.blob(side * 0.46, 0.45, 0.10, 0.16)
    if looks.stubble > 0.0:
        beard = (canvas.blob(0.0, 0.80, 0.50, 0.26) + 0.5 * canvas.blob(0.0, 0.40, 0.22, 0.05)) * head
        canvas.darken(np.minimum(beard, 1.0), 0.40 * looks.stubble)
    return head


def _nose(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour) -> None:
    """Ridge, tip, wings and nostrils; wrinkling the nose pulls it up and flares the wings."""
    lift = 0.05 * actions.nose_wrinkler_9 + 0.015 * actions.upper_lip_raiser_10
    width, y = looks.nose_width, 0.24 * looks.nose_length - lift
    wing = 0.115 * width * (1.0 + 0.15 * actions.nose_wrinkler_9)
    canvas.height += 0.11 * canvas.blob(0.0, y - 0.24, 0.090 * width, 0.20)
    canvas.height += 0.12 * canvas.blob(0.0, y - 0.03, 0.085 * width, 0.075)
    canvas.gloss += 0.10 * canvas.blob(0.0, y - 0.22, 0.05, 0.16) + 0.6 * canvas.blob(0.0, y - 0.04, 0.05, 0.045)
    canvas.darken(canvas.blob(0.0, y, 0.09, 0.06), 0.8 * FLUSH * np.sqrt(skin))
    canvas.darken(canvas.blob(0.0, y + 0.075, 0.13 * width, 0.022), 0.30)
    for side in SIDES:
        canvas.height += 0.07 * canvas.blob(side * wing, y, 0.045, 0.05)
        canvas.darken(canvas.blob(side * 0.55 * wing, y + 0.045, 0.030, 0.015), 0.85)
        canvas.darken(canvas.blob(side * 1.45 * wing, y + 0.015, 0.016, 0.05), 0.25)
        # The two ridges from the nose to the upper lip are bright.
        canvas.height += 0.012 * canvas.blob(side * 0.035, 0.40, 0.016, 0.05)
