"""The mouth of a schematic face, from pressed lips to a shout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import Canvas, Colour
from harness.datasets.simulated.face_expression import Actions
from harness.datasets.simulated.face_looks import FOLD_SHARE, Looks, reflected

MOUTH_INSIDE = np.array([0.014, 0.006, 0.006], np.float32)
TEETH = np.array([0.58, 0.55, 0.49], np.float32)

ROSE = np.array([0.30, 0.095, 0.085], np.float32)
"""The colour of blood in the lips: a third (geometric weight) of their colour; the rest is that of the skin."""

UPPER_LIP_SHADE, LOWER_LIP_SHADE = 0.62, 0.86
"""The upper lip faces down, the lower lip up, towards the lamp."""

LIP_GLOSS = 0.40


def draw_mouth(canvas: Canvas, looks: Looks, actions: Actions, skin: Colour) -> None:
    """Lips, and what the open mouth shows."""
    shape = mouth_shape(looks, actions)
    upper = canvas.mask(np.concatenate([shape.upper_outer, shape.upper_inner[::-1]]), 0.012)
    lower = canvas.mask(np.concatenate([shape.lower_inner, shape.lower_outer[::-1]]), 0.012)
    if shape.gap > 0.015:
        _inside(canvas, shape, actions, skin)
    canvas.height += 0.030 * (upper + lower)
    lips: Colour = (skin**0.68 * ROSE**0.32).astype(np.float32)
    canvas.paint(0.92 * upper, UPPER_LIP_SHADE * lips, 0.5 * LIP_GLOSS)
    canvas.paint(0.92 * lower, LOWER_LIP_SHADE * lips, LIP_GLOSS)
    closed = max(0.0, 1.0 - shape.gap / 0.03)
    canvas.darken(canvas.lines([(shape.upper_inner, 0.018, 0.5 + 0.4 * closed)], 0.007), 0.85)
    # The edge of the upper lip is bright; there is a shadow below the lower lip.
    edge = canvas.lines([(_moved(shape.upper_outer[7:-7], -0.018), 0.016, 0.7)], 0.010)
    canvas.height += 0.010 * edge
    canvas.gloss += 0.20 * edge
    under = canvas.lines([(_moved(shape.lower_outer[9:-9], 0.035), 0.05, 0.5)], 0.03)
    canvas.darken(under, FOLD_SHARE)
    canvas.height -= 0.03 * under


def _inside(canvas: Canvas, shape: Mouth, actions: Actions, skin: Colour) -> None:
    """A dark hollow, and a narrow strip of the upper teeth in the shadow of the lip, none at the corners."""
    inside = canvas.mask(np.concatenate([shape.upper_inner, shape.lower_inner[::-1]]), 0.005)
    canvas.paint(inside, MOUTH_INSIDE)
    bared = min(
        1.0,
        0.30
        + 0.9 * actions.lip_corner_puller_12
        + 0.25 * actions.lip_stretcher_20
        + 0.2 * actions.upper_lip_raiser_10,
    )
    bared *= max(0.0, 1.0 - 0.8 * actions.jaw_drop_26 * (1.0 - min(1.0, actions.lip_corner_puller_12)))
    strip = min(0.062, 0.55 * shape.gap)
    half = shape.upper_inner[-1, 0]
    hang = strip * np.sqrt(np.maximum(1.0 - (shape.upper_inner[:, 0] / half) ** 2, 0.0))
    edge = shape.upper_inner + np.stack([np.zeros_like(hang), hang], axis=1)
    teeth = canvas.mask(np.concatenate([shape.upper_inner, edge[::-1]]), 0.010)
    fade = np.clip(1.1 - (canvas.x / half) ** 2, 0.0, 1.0)
    canvas.paint(bared * inside * teeth * fade, reflected(TEETH, skin))
    canvas.darken(inside * canvas.lines([(shape.upper_inner, 0.035, 0.7)], 0.014), 0.7)


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
    rounding = max(0.0, 0.075 * actions.jaw_drop_26 * (1.0 - actions.upper_lip_raiser_10))
    half = 0.29 + 0.09 * actions.lip_corner_puller_12 + 0.09 * actions.lip_stretcher_20
    half = looks.mouth_width * (half - rounding - 0.03 * actions.lip_tightener_23)
    middle = 0.53 - 0.045 * actions.upper_lip_raiser_10 - 0.035 * actions.chin_raiser_17
    corner = 0.53 - 0.12 * actions.lip_corner_puller_12 + 0.15 * actions.lip_corner_depressor_15
    gap = 0.075 * actions.lips_part_25 + 0.28 * actions.jaw_drop_26
    gap += 0.05 * actions.lips_part_25 * actions.lip_corner_puller_12
    corner += 0.09 * actions.lip_stretcher_20 + 0.45 * gap
    squareness = 2.0 + 2.0 * max(actions.lip_stretcher_20, actions.upper_lip_raiser_10, actions.jaw_drop_26)
    s = np.sin(np.linspace(-0.5 * np.pi, 0.5 * np.pi, 33))
    spread = max(actions.lip_stretcher_20, actions.upper_lip_raiser_10, actions.lip_corner_puller_12)
    roundness = min(1.0, actions.jaw_drop_26) * max(0.0, 1.0 - spread)
    bend = (1.0 - roundness) * np.abs(s) ** squareness + roundness * (1.0 - np.sqrt(1.0 - s**2))
    upper = middle + (corner - middle) * bend
    lower = middle + gap + (corner - middle - gap) * bend
    full = (
        looks.lip_thickness * (1.0 - 0.65 * actions.lip_tightener_23) * (1.0 - 0.2 * actions.lip_corner_puller_12)
    )
    taper = 1.0 - np.abs(s) ** 2.5
    bow = 0.012 * np.exp(-((s / 0.14) ** 2))
    x = half * s
    return Mouth(
        upper_outer=np.stack([x, upper - 0.070 * full * taper + bow], axis=1),
        upper_inner=np.stack([x, upper], axis=1),
        lower_inner=np.stack([x, lower], axis=1),
        lower_outer=np.stack([x, lower + 0.088 * full * taper], axis=1),
        gap=gap,
    )


def _moved(line: npt.NDArray[np.float64], down: float) -> npt.NDArray[np.float64]:
    moved: npt.NDArray[np.float64] = line + np.array([0.0, down])
    return moved
