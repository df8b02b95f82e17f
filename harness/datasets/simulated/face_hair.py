"""Hair of a schematic face: straight to curly, short or long, with a fringe or swept back."""

from __future__ import annotations

import cv2
import numpy as np

from harness.datasets.simulated.face_canvas import SIZE, Canvas, from_hex
from harness.datasets.simulated.face_light import Field
from harness.datasets.simulated.face_looks import Looks, oval

SHEEN = np.array([0.016, 0.015, 0.015], np.float32)
"""How strongly hair of any colour reflects the lamp."""


def strands_of(canvas: Canvas, looks: Looks, texture: Field) -> Field:
    """The colour of the hair, wherever it grows: strands that run back from the forehead, or curls, and sheen."""
    curls = 2.5 * cv2.GaussianBlur(texture, (0, 0), 1.6) if looks.curl > 0.0 else np.zeros_like(texture)
    angle = np.arctan2(canvas.x - np.float32(0.25 * looks.parting), -(canvas.y + np.float32(0.25)))
    lanes = cv2.GaussianBlur(texture[:1], (0, 0), 0.8)[0]
    place = ((angle / (2.0 * np.pi) + 0.5) * (SIZE - 1)).astype(np.float32)
    straight = cv2.remap(lanes[None], place, np.zeros_like(place), cv2.INTER_LINEAR)
    grain = (1.0 - looks.curl) * straight + looks.curl * curls
    sheen = 0.35 + canvas.blob(0.15 * looks.parting, -0.93, 0.42, 0.10)
    light = np.clip(0.75 + 0.25 * grain, 0.2, 1.5)
    colour: Field = from_hex(looks.hair) * light[:, :, None] + SHEEN * (light * light * sheen)[:, :, None]
    return colour


def draw_hair_behind(canvas: Canvas, looks: Looks, strands: Field) -> None:
    """The hair behind the head; long hair is all visible."""
    if looks.bald:
        return
    width = (0.80 + 0.10 * looks.curl) * looks.face_width
    if looks.long_hair:
        outline = oval(1.18 * width, 1.24, 1.35, 0.5)
    else:
        outline = oval(width, 1.22 + 0.05 * looks.curl, 0.25, 0.8)
    canvas.paint(canvas.mask(outline, 0.02 + 0.02 * looks.curl), 0.6 * strands)


def draw_hair(canvas: Canvas, looks: Looks, strands: Field, texture: Field) -> None:
    """The hair that lies on the head, above a hairline of the person's own; `texture` makes its edge ragged."""
    if looks.bald:
        return
    width = 0.76 * looks.face_width
    top = -0.60 if looks.fringe else -0.76 - 0.12 * looks.hairline
    ear = -0.05 if looks.long_hair else -0.20
    s = np.array([-1.0, -0.96, -0.88, -0.70, -0.35, 0.0, 0.35, 0.70, 0.88, 0.96, 1.0])
    drop = np.array([1.0, 0.78, 0.45, 0.15, 0.02, 0.0, 0.02, 0.15, 0.45, 0.78, 1.0])
    fine = np.linspace(-1.0, 1.0, 41)
    line = top + (ear - top) * np.interp(fine, s, drop) + 0.07 * looks.parting * fine * (1.0 - fine**2)
    inner = np.stack([1.02 * width * fine, line], axis=1)
    cap = [(1.3 * width, ear), (1.3 * width, -1.6), (-1.3 * width, -1.6), (-1.3 * width, ear)]
    head = canvas.mask(oval((1.04 + 0.10 * looks.curl) * width, 1.2 + 0.05 * looks.curl, 1.1, 0.9), 0.02)
    # Hair is thin at the hairline.
    edge = canvas.mask([*inner, *cap], 0.035)
    ragged = np.clip(edge + 0.4 * texture * edge * (1.0 - edge), 0.0, 1.0)
    canvas.paint(ragged * head, strands)
