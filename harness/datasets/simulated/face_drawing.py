"""Draws a schematic face: a person's looks, an expression in action units and a situation → a picture.

The drawing is in layers, from the back to the front: hair behind, neck, head, eyes, nose, mouth, folds, brows,
hair, glasses. Skin, lips and folds take their colour from the skin tone by factors, and light falls on a relief of
the face, so that contrast between the features follows from the tone as it does in a photograph.

All shapes are this module's own invention: schematic, not measured from people.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import SIZE, Canvas, Colour, Field, Light, Pose, Stroke, from_hex
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_folds import draw_folds
from harness.datasets.simulated.face_looks import FOLD_SHARE, SIDES, Looks
from harness.datasets.simulated.face_mouth import draw_mouth

SCLERA = np.array([0.46, 0.44, 0.42], np.float32)
PUPIL = np.array([0.004, 0.004, 0.004], np.float32)
FRAME = np.array([0.012, 0.011, 0.012], np.float32)


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
    """Draw the face: RGB, uint8, shape (SIZE, SIZE, 3). `rng` makes the texture of skin and sensor."""
    texture = rng.standard_normal((2, SIZE, SIZE)).astype(np.float32)
    canvas = Canvas(scene.pose, np.full(3, scene.background, np.float32))
    skin = from_hex(looks.skin)
    relief = _head(canvas, looks, skin)
    canvas.darken(relief * cv2.GaussianBlur(texture[0], (0, 0), 1.0), 0.05)
    _sockets(canvas, looks, actions)
    for side in SIDES:
        _eye(canvas, looks, actions, skin, side)
    _nose(canvas, looks, actions)
    draw_mouth(canvas, looks, actions, skin)
    draw_folds(canvas, looks, actions)
    for side in SIDES:
        _brow(canvas, looks, actions, side)
    _hair(canvas, looks, texture[0])
    if scene.glasses:
        _glasses(canvas, looks)
    return canvas.photograph(scene.light, relief, scene.exposure, scene.noise * texture[1])


def _head(canvas: Canvas, looks: Looks, skin: Colour) -> Field:
    """Hair behind the head, neck and head; returns where the relief counts."""
    width = 0.76 * looks.face_width
    if looks.long_hair and not looks.bald:
        canvas.paint(canvas.mask(_oval(1.25 * width, 1.25, 1.4, 0.5), 0.02), from_hex(looks.hair))
    neck = canvas.mask([(-0.45, 0.6), (0.45, 0.6), (0.55, 1.6), (-0.55, 1.6)], 0.02)
    canvas.paint(neck, 0.45 * skin)
    head = canvas.mask(_oval(width, 1.12, 1.0, looks.jaw), 0.012)
    canvas.paint(head, skin)
    distance = (canvas.x / (1.02 * width)) ** 2 + ((canvas.y - 0.02) / 1.15) ** 2
    canvas.height += 0.55 * (1.0 - np.minimum(distance, 1.3))
    canvas.height += 0.05 * canvas.blob(0.0, 0.85, 0.16, 0.10)
    if looks.stubble > 0.0:
        beard = canvas.blob(0.0, 0.75, 0.50, 0.30) * head
        canvas.darken(beard, 0.35 * looks.stubble)
    return head


def _sockets(canvas: Canvas, looks: Looks, actions: Actions) -> None:
    """Hollows of the eyes, the ridge of the brows, cheeks."""
    x_eye = looks.eye_x
    cheek = 0.05 + 0.07 * actions.cheek_raiser_6 + 0.06 * actions.lip_corner_puller_12
    for side in SIDES:
        canvas.height -= 0.09 * canvas.blob(side * x_eye, -0.19, 0.15, 0.10)
        canvas.height += 0.05 * canvas.blob(side * x_eye, -0.42, 0.20, 0.06)
        canvas.height += cheek * canvas.blob(side * 0.42, 0.16 - 0.06 * actions.cheek_raiser_6, 0.14, 0.12)
        canvas.darken(canvas.blob(side * x_eye, -0.20, 0.15, 0.09), 0.18)
        # A lowered brow bulges, and its inner end throws a shadow on the lid.
        canvas.height += 0.06 * actions.brow_lowerer_4 * canvas.blob(side * 0.14, -0.40, 0.08, 0.06)
        canvas.darken(canvas.blob(side * 0.18, -0.26, 0.09, 0.05), 0.45 * actions.brow_lowerer_4)


def _eye(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour, side: float) -> None:
    """Eyeball, iris, pupil, lids and the crease above."""
    x, y, half = side * looks.eye_x, -0.19, 0.145 * looks.eye_size
    upper = 0.080 + 0.055 * actions.upper_lid_raiser_5 - 0.030 * actions.lid_tightener_7
    upper -= 0.024 * actions.cheek_raiser_6 + 0.045 * actions.lid_droop_43
    lower = 0.046 + 0.012 * actions.upper_lid_raiser_5 - 0.026 * actions.lid_tightener_7
    lower -= 0.022 * actions.cheek_raiser_6
    upper, lower = looks.eye_size * max(upper, 0.012), looks.eye_size * max(lower, 0.008)
    s = np.linspace(-1.0, 1.0, 21)
    # Sadness and fear lift the inner end of the upper lid with the brow, anger presses it down.
    slant = 0.05 * (actions.inner_brow_raiser_1 - actions.brow_lowerer_4) * (-side) * s * (1.0 - s**2)
    top = np.stack([x + half * s, y - upper * (1.0 - np.abs(s) ** 2.2) - slant], axis=1)
    bottom = np.stack([x + half * s, y + lower * (1.0 - s**2)], axis=1)
    opening = canvas.mask(np.concatenate([top, bottom[::-1]]), 0.006)
    canvas.paint(opening, SCLERA)
    iris_y = y - 0.012
    canvas.paint(opening * canvas.mask(_circle(x, iris_y, 0.070), 0.006), from_hex(looks.iris))
    canvas.paint(opening * canvas.mask(_circle(x, iris_y, 0.032)), PUPIL)
    canvas.paint(opening * canvas.mask(_circle(x - 0.022, iris_y - 0.025, 0.013)), np.ones(3, np.float32))
    canvas.darken(opening * canvas.lines([(top, 0.035, 0.7)], 0.012), 0.8)
    canvas.paint(canvas.lines([(top, 0.020, 0.95)], 0.006), 0.10 * skin)
    canvas.paint(canvas.lines([(bottom, 0.012, 0.45)], 0.008), 0.25 * skin)
    crease = top[2:-2] - [0.0, 0.042 - 0.012 * actions.upper_lid_raiser_5]
    canvas.darken(canvas.lines([(crease, 0.014, 0.5)], 0.012), FOLD_SHARE)


def _nose(canvas: Canvas, looks: Looks, actions: Actions) -> None:
    """Ridge, tip, wings and nostrils; wrinkling the nose pulls it up and flares the wings."""
    lift = 0.05 * actions.nose_wrinkler_9 + 0.015 * actions.upper_lip_raiser_10
    y = 0.24 * looks.nose_length - lift
    wing = 0.115 * looks.nose_width * (1.0 + 0.15 * actions.nose_wrinkler_9)
    canvas.height += 0.16 * canvas.blob(0.0, y - 0.24, 0.055 * looks.nose_width, 0.20)
    canvas.height += 0.13 * canvas.blob(0.0, y - 0.03, 0.075 * looks.nose_width, 0.065)
    canvas.darken(canvas.blob(0.0, y + 0.075, 0.13 * looks.nose_width, 0.022), 0.30)
    for side in SIDES:
        canvas.height += 0.07 * canvas.blob(side * wing, y, 0.045, 0.05)
        canvas.darken(canvas.blob(side * 0.55 * wing, y + 0.045, 0.030, 0.016), 0.85)
        canvas.darken(canvas.blob(side * 1.45 * wing, y + 0.015, 0.016, 0.05), 0.22)


def _brow(canvas: Canvas, looks: Looks, actions: Actions, side: float) -> None:
    x_eye = looks.eye_x
    lowerer, inner_raiser = actions.brow_lowerer_4, actions.inner_brow_raiser_1
    inner_x = x_eye - 0.19 - 0.07 * lowerer
    base = -0.385 - 0.02 * looks.brow_height - 0.02 * (1.0 - looks.brow_thickness)
    base += 0.02 * actions.nose_wrinkler_9
    inner = base + 0.02 - 0.18 * inner_raiser + 0.17 * lowerer
    arch = base - 0.045 - 0.04 * inner_raiser - 0.085 * actions.outer_brow_raiser_2 + 0.08 * lowerer
    outer = base + 0.03 - 0.07 * actions.outer_brow_raiser_2 - 0.03 * lowerer * (1.0 - inner_raiser)
    outer += 0.06 * inner_raiser * (1.0 - actions.outer_brow_raiser_2)
    t = np.linspace(0.0, 1.0, 15)
    x = side * (inner_x + (x_eye + 0.20 - inner_x) * t)
    # A quadratic Bézier through the inner end, over the arch, to the outer end.
    y = (1 - t) ** 2 * inner + 2 * t * (1 - t) * (1.5 * arch - 0.25 * (inner + outer)) + t**2 * outer
    thickness = 0.042 * looks.brow_thickness * (1.0 - 0.75 * t**1.5)
    upper, lower = np.stack([x, y - thickness], axis=1), np.stack([x, y + thickness], axis=1)
    canvas.paint(0.88 * canvas.mask(np.concatenate([upper, lower[::-1]]), 0.014), from_hex(looks.hair))


def _hair(canvas: Canvas, looks: Looks, texture: Field) -> None:
    if looks.bald:
        return
    width = 0.76 * looks.face_width
    temple = -0.30 if looks.long_hair else -0.42
    line = -0.60 if looks.fringe else -0.74 - 0.14 * looks.hairline
    x = np.linspace(-1.0, 1.0, 25)
    inner = [(0.98 * width * s, line + (temple - line) * abs(s) ** 4) for s in x]
    cap = [(1.16 * width, temple), (1.16 * width, -1.6), (-1.16 * width, -1.6), (-1.16 * width, temple)]
    mask = canvas.mask([*inner, *cap], 0.03) * canvas.mask(_oval(1.07 * width, 1.2, 1.1, 0.9), 0.02)
    strands = np.clip(1.0 + 0.25 * texture[:1, :, None], 0.3, 1.7)
    canvas.paint(mask, from_hex(looks.hair) * strands)


def _glasses(canvas: Canvas, looks: Looks) -> None:
    x = looks.eye_x
    strokes: list[Stroke] = [([(-x + 0.21, -0.22), (0.0, -0.25), (x - 0.21, -0.22)], 0.03, 1.0)]
    for side in SIDES:
        s = np.linspace(0.0, 2.0 * np.pi, 33)
        rim = np.stack(
            [
                side * x + 0.22 * np.sign(np.cos(s)) * np.abs(np.cos(s)) ** 0.7,
                -0.17 + 0.16 * np.sign(np.sin(s)) * np.abs(np.sin(s)) ** 0.7,
            ],
            axis=1,
        )
        strokes.append((rim, 0.028, 1.0))
        strokes.append(([(side * (x + 0.22), -0.22), (side * 0.80, -0.26)], 0.03, 1.0))
    canvas.paint(canvas.lines(strokes, 0.006), FRAME)


def _oval(width: float, above: float, below: float, jaw: float) -> npt.NDArray[np.float64]:
    """A head's outline; a smaller `jaw` exponent is a broader chin."""
    angle = np.linspace(0.0, 2.0 * np.pi, 65)[:-1]
    cos, sin = np.cos(angle), np.sin(angle)
    x = width * np.sign(cos) * np.abs(cos) ** np.where(sin > 0, jaw, 0.9)
    return np.stack([x, np.where(sin > 0, below, above) * sin], axis=1)


def _circle(x: float, y: float, radius: float) -> npt.NDArray[np.float64]:
    angle = np.linspace(0.0, 2.0 * np.pi, 25)[:-1]
    return np.stack([x + radius * np.cos(angle), y + radius * np.sin(angle)], axis=1)
