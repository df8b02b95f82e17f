"""Eyes, brows and glasses of a schematic face."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import Canvas, Colour, Stroke, from_hex
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_looks import FOLD_SHARE, SIDES, Looks, oval, reflected

SCLERA = np.array([0.62, 0.59, 0.56], np.float32)
PUPIL = np.array([0.004, 0.004, 0.004], np.float32)
LASHES = np.array([0.008, 0.006, 0.005], np.float32)
GLASSES_FRAME = np.array([0.030, 0.028, 0.030], np.float32)


def draw_socket(canvas: Canvas, looks: Looks, actions: Actions, side: float) -> None:
    """The hollow of the eye, the ball under the lids, and the bone of the brow."""
    x = side * looks.eye_x
    canvas.height -= 0.10 * canvas.blob(x, -0.19, 0.16, 0.11)
    canvas.height += 0.055 * canvas.blob(x, -0.20, 0.10, 0.07)
    canvas.height += 0.05 * canvas.blob(x, -0.43, 0.20, 0.06)
    canvas.darken(canvas.blob(side * 0.20, -0.21, 0.06, 0.09), 0.20)
    canvas.gloss += 0.35 * canvas.blob(x, -0.285, 0.09, 0.025)
    # A lowered brow bulges, and its inner end throws a shadow on the lid.
    canvas.height += 0.06 * actions.brow_lowerer_4 * canvas.blob(side * 0.14, -0.40, 0.08, 0.06)
    canvas.darken(canvas.blob(side * 0.18, -0.26, 0.09, 0.05), 0.35 * actions.brow_lowerer_4)


def draw_eye(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour, side: float) -> None:
    """Eyeball, iris, pupil, lids and the crease above."""
    x, y = side * looks.eye_x, -0.19
    top, bottom = _lids(looks, actions, side)
    opening = canvas.mask(np.concatenate([top, bottom[::-1]]), 0.008)
    canvas.paint(opening, reflected(SCLERA, skin))
    # The eyeball curves away towards the corners.
    canvas.darken(opening * np.clip(((canvas.x - x) / 0.15) ** 2, 0.0, 1.0), 0.45)
    iris_y = y - 0.012
    canvas.paint(
        opening * canvas.mask(oval(0.074, 0.074, 0.074, x=x, y=iris_y), 0.008), 0.5 * from_hex(looks.iris)
    )
    canvas.paint(opening * canvas.mask(oval(0.060, 0.060, 0.060, x=x, y=iris_y), 0.010), from_hex(looks.iris))
    canvas.paint(opening * canvas.mask(oval(0.032, 0.032, 0.032, x=x, y=iris_y), 0.004), PUPIL)
    canvas.darken(opening * canvas.lines([(top, 0.05, 0.8)], 0.02), 0.75)
    glint = canvas.mask(oval(0.013, 0.013, 0.013, x=x - 0.022, y=iris_y - 0.022), 0.004)
    canvas.paint(0.7 * opening * glint, np.ones(3, np.float32))
    canvas.paint(canvas.lines([(bottom, 0.012, 0.5)], 0.008), 0.35 * skin)
    canvas.paint(canvas.lines([(top, 0.022, 0.95)], 0.006), LASHES)
    crease = top[2:-2] - [0.0, 0.045 - 0.012 * actions.upper_lid_raiser_5]
    fold = canvas.lines([(crease, 0.016, 0.6)], 0.012)
    canvas.darken(fold, FOLD_SHARE)
    canvas.height -= 0.02 * fold


def _lids(looks: Looks, actions: Actions, side: float) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The edges of the upper and the lower lid, each of shape (points, 2)."""
    upper = 0.080 + 0.055 * actions.upper_lid_raiser_5 - 0.030 * actions.lid_tightener_7
    upper -= 0.024 * actions.cheek_raiser_6 + 0.045 * actions.lid_droop_43
    lower = 0.046 + 0.012 * actions.upper_lid_raiser_5 - 0.026 * actions.lid_tightener_7
    lower -= 0.022 * actions.cheek_raiser_6
    upper, lower = looks.eye_size * max(upper, 0.012), looks.eye_size * max(lower, 0.008)
    s = np.linspace(-1.0, 1.0, 21)
    x, y = side * looks.eye_x + 0.145 * looks.eye_size * s, -0.19
    # Sadness and fear lift the inner end of the upper lid with the brow, anger presses it down.
    slant = 0.05 * (actions.inner_brow_raiser_1 - actions.brow_lowerer_4) * (-side) * s * (1.0 - s**2)
    top = np.stack([x, y - upper * (1.0 - np.abs(s) ** 2.2) - slant], axis=1)
    bottom = np.stack([x, y + lower * (1.0 - s**2)], axis=1)
    return top, bottom


def draw_brow(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour, side: float) -> None:
    """The brow, matt, and the skin above and below it, which its muscles raise and which catches the light."""
    line, t = _brow_line(looks, actions, side)
    thickness = 0.042 * looks.brow_thickness * (1.0 - 0.75 * t**1.5)
    drop = np.stack([np.zeros_like(t), thickness], axis=1)
    ridges: list[Stroke] = [
        (line - 1.9 * drop - [0.0, 0.02], 0.03, 0.8),
        (line + 1.6 * drop + [0.0, 0.02], 0.02, 0.5),
    ]
    ridge = canvas.lines(ridges, 0.018)
    canvas.height += 0.02 * ridge
    canvas.gloss += 0.45 * ridge
    mask = canvas.mask(np.concatenate([line - drop, (line + drop)[::-1]]), 0.014)
    canvas.paint(0.90 * mask, np.minimum(from_hex(looks.hair), 0.5 * skin))


def _brow_line(
    looks: Looks, actions: Actions, side: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The middle of the brow from the inner to the outer end, shape (points, 2), and where on it each point is."""
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
    return np.stack([x, y], axis=1), t


def draw_glasses(canvas: Canvas, looks: Looks) -> None:
    """A dark frame round both eyes."""
    x = looks.eye_x
    strokes: list[Stroke] = [([(-x + 0.21, -0.22), (0.0, -0.25), (x - 0.21, -0.22)], 0.024, 1.0)]
    for side in SIDES:
        s = np.linspace(0.0, 2.0 * np.pi, 33)
        rim = np.stack(
            [
                side * x + 0.22 * np.sign(np.cos(s)) * np.abs(np.cos(s)) ** 0.7,
                -0.17 + 0.16 * np.sign(np.sin(s)) * np.abs(np.sin(s)) ** 0.7,
            ],
            axis=1,
        )
        strokes.append((rim, 0.022, 1.0))
        strokes.append(([(side * (x + 0.22), -0.22), (side * 0.78, -0.24)], 0.024, 1.0))
    canvas.paint(canvas.lines(strokes, 0.006), GLASSES_FRAME, 0.6)
