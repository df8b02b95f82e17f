"""Nasolabial folds, frown lines, nose wrinkles and the lines of age: grooves in a schematic face's relief."""

from __future__ import annotations

import numpy as np

from harness.datasets.simulated.face_canvas import Canvas, Stroke
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_looks import FOLD_SHARE, SIDES, Looks
from harness.datasets.simulated.face_mouth import mouth_shape


def draw_folds(canvas: Canvas, looks: Looks, actions: Actions) -> None:
    """Nasolabial folds, frown lines, nose wrinkles, and the lines of age: grooves in the relief."""
    strokes = _nasolabial(looks, actions) + _frown(looks, actions) + _around_eyes(looks, actions)
    grooves = canvas.lines(strokes, 0.018)
    canvas.height -= 0.035 * grooves
    canvas.darken(grooves, FOLD_SHARE)


def _nasolabial(looks: Looks, actions: Actions) -> list[Stroke]:
    shape = mouth_shape(looks, actions)
    depth = 0.10 + 0.30 * looks.wrinkles + 0.40 * actions.nasolabial_deepener_11
    depth += 0.35 * actions.lip_corner_puller_12 + 0.25 * actions.upper_lip_raiser_10
    corner_x, corner_y = shape.upper_inner[-1]
    top = 0.16 - 0.05 * actions.nose_wrinkler_9
    strokes: list[Stroke] = []
    for side in SIDES:
        wing, out = side * 0.16 * looks.nose_width, side * (corner_x + 0.09)
        # A quadratic Bézier from the wing of the nose to beside the corner of the mouth.
        start, bend, end = (np.array(point) for point in ((wing, top), (0.9 * out, top + 0.05), (out, corner_y)))
        t = np.linspace(0.0, 1.0, 9)[:, None]
        fold = (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        strokes.append((fold, 0.030, 0.8 * depth))
        if actions.lip_corner_depressor_15 > 0.1 or looks.wrinkles > 0.4:
            down = [(side * (corner_x + 0.02), corner_y), (side * (corner_x + 0.06), corner_y + 0.12)]
            strokes.append((down, 0.022, 0.5 * actions.lip_corner_depressor_15 + 0.3 * looks.wrinkles))
    return strokes


def _frown(looks: Looks, actions: Actions) -> list[Stroke]:
    strokes: list[Stroke] = []
    for side in SIDES:
        x = side * 0.055
        strokes.append(
            ([(x, -0.48), (0.9 * x, -0.30)], 0.022, 0.75 * actions.brow_lowerer_4 + 0.15 * looks.wrinkles)
        )
        wrinkle = 0.9 * actions.nose_wrinkler_9
        strokes.append(([(side * 0.04, -0.20), (side * 0.12, -0.10)], 0.018, wrinkle))
        strokes.append(([(side * 0.03, -0.13), (side * 0.13, -0.03)], 0.018, wrinkle))
    for level in range(3):
        y = -0.60 - 0.09 * level
        across = [(x, y - 0.02 * np.cos(3.0 * x)) for x in np.linspace(-0.45, 0.45, 9)]
        strokes.append((across, 0.014, 0.45 * actions.outer_brow_raiser_2 + 0.35 * looks.wrinkles))
        strokes.append((across[3:6], 0.016, 0.45 * actions.inner_brow_raiser_1 + 0.35 * looks.wrinkles))
    return strokes


def _around_eyes(looks: Looks, actions: Actions) -> list[Stroke]:
    strokes: list[Stroke] = []
    for side in SIDES:
        x = side * looks.eye_x
        bag = [(x - 0.13, -0.10), (x, -0.07), (x + 0.13, -0.10)]
        strokes.append((bag, 0.016, 0.15 + 0.35 * looks.wrinkles + 0.35 * actions.cheek_raiser_6))
        outer = x + side * 0.17
        for rise in (-0.05, 0.0, 0.05):
            foot = [(outer, -0.19 + 0.4 * rise), (outer + side * 0.10, -0.19 + 1.4 * rise)]
            strokes.append((foot, 0.012, 0.30 * looks.wrinkles + 0.30 * actions.cheek_raiser_6))
    return strokes
