"""The mouth of a schematic face, from pressed lips to a shout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import Canvas, Colour
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_looks import FOLD_SHARE, Looks

MOUTH_INSIDE = np.array([0.035, 0.010, 0.010], np.float32)
TEETH = np.array([0.50, 0.47, 0.41], np.float32)

LIP_FACTOR = np.array([0.62, 0.33, 0.33], np.float32)
"""Lips against the skin around them: redder and darker."""


def draw_mouth(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour) -> None:
    """Lips, and what the open mouth shows."""
    shape = mouth_shape(looks, actions)
    lips = skin * LIP_FACTOR
    inside = canvas.mask(np.concatenate([shape.upper_inner, shape.lower_inner[::-1]]), 0.005)
    upper = canvas.mask(np.concatenate([shape.upper_outer, shape.upper_inner[::-1]]), 0.010)
    lower = canvas.mask(np.concatenate([shape.lower_inner, shape.lower_outer[::-1]]), 0.010)
    canvas.height += 0.030 * (upper + lower)
    canvas.paint(0.9 * upper, 0.85 * lips)
    canvas.paint(0.9 * lower, lips)
    if shape.gap > 0.015:
        canvas.paint(inside, MOUTH_INSIDE)
        rounded = max(0.0, actions.jaw_drop_26 * (1.0 - actions.upper_lip_raiser_10))
        shown = min(0.10, 0.85 * max(0.1, 1.0 - 0.9 * rounded) * shape.gap)
        teeth = np.concatenate([shape.upper_inner, _moved(shape.upper_inner, shown)[::-1]])
        canvas.paint(inside * canvas.mask(teeth, 0.006), TEETH)
        if actions.lip_stretcher_20 + actions.upper_lip_raiser_10 > 0.3:
            low = np.concatenate([shape.lower_inner, _moved(shape.lower_inner, -0.35 * shape.gap)[::-1]])
            canvas.paint(0.8 * inside * canvas.mask(low, 0.006), 0.85 * TEETH)
    canvas.darken(canvas.lines([(shape.upper_inner, 0.018, 0.9)], 0.007), 0.85)
    under = _moved(shape.lower_outer[6:-6], 0.035)
    canvas.darken(canvas.lines([(under, 0.05, 0.5)], 0.03), FOLD_SHARE)


@dataclass(frozen=True)
class Mouth:
    """Four lines from the left to the right corner, each of shape (points, 2), and the gap in the middle."""

    upper_outer: npt.NDArray[np.float64]
    upper_inner: npt.NDArray[np.float64]
    lower_inner: npt.NDArray[np.float64]
    lower_outer: npt.NDArray[np.float64]
    gap: float


def mouth_shape(looks: Looks, actions: Actions) -> Mouth:
    """The lines of the lips, in face units."""
    rounding = max(0.0, 0.10 * actions.jaw_drop_26 * (1.0 - actions.upper_lip_raiser_10))
    half = 0.29 + 0.09 * actions.lip_corner_puller_12 + 0.07 * actions.lip_stretcher_20
    half = looks.mouth_width * (half - rounding - 0.03 * actions.lip_tightener_23)
    middle = 0.53 - 0.045 * actions.upper_lip_raiser_10 - 0.035 * actions.chin_raiser_17
    corner = 0.53 - 0.12 * actions.lip_corner_puller_12 + 0.15 * actions.lip_corner_depressor_15
    gap = 0.075 * actions.lips_part_25 + 0.28 * actions.jaw_drop_26
    gap += 0.05 * actions.lips_part_25 * actions.lip_corner_puller_12
    corner += 0.09 * actions.lip_stretcher_20 + 0.45 * gap
    squareness = 2.0 + 2.0 * max(actions.lip_stretcher_20, actions.upper_lip_raiser_10, actions.jaw_drop_26)
    s = np.linspace(-1.0, 1.0, 33)
    bend = np.abs(s) ** squareness
    upper = middle + (corner - middle) * bend
    lower = middle + gap + (corner - middle - gap) * bend
    full = (
        looks.lip_thickness * (1.0 - 0.65 * actions.lip_tightener_23) * (1.0 - 0.2 * actions.lip_corner_puller_12)
    )
    taper = 1.0 - np.abs(s) ** 2.5
    bow = 0.012 * np.exp(-((s / 0.14) ** 2))
    x = half * s
    return Mouth(
        upper_outer=np.stack([x, upper - 0.062 * full * taper + bow], axis=1),
        upper_inner=np.stack([x, upper], axis=1),
        lower_inner=np.stack([x, lower], axis=1),
        lower_outer=np.stack([x, lower + 0.080 * full * taper], axis=1),
        gap=gap,
    )


def _moved(line: npt.NDArray[np.float64], down: float) -> npt.NDArray[np.float64]:
    moved: npt.NDArray[np.float64] = line + np.array([0.0, down])
    return moved
