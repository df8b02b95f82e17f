"""Something before a face: a mask, glasses, a scarf, drawn where the face and its eyes are found.

People themselves read masked faces less well (Carbon 2020, doi:10.3389/fpsyg.2020.566886), so the label of the
sample may no longer be what is seen.
"""

from __future__ import annotations

import numpy as np

from harness.conditions.face_frame import Cover, FaceFrame, painted
from harness.conditions.pictures import PictureCondition, Pixels

MASK = (
    *((-0.95, 0.42), (-0.35, 0.40), (0.0, 0.30), (0.35, 0.40), (0.95, 0.42)),
    *((0.88, 1.15), (0.55, 1.85), (0.0, 2.05), (-0.55, 1.85), (-0.88, 1.15)),
)
STRAPS = ((-1.35, 0.15), (-0.93, 0.42), (-0.93, 0.52), (-1.35, 0.30))
MASK_RGB = (166, 200, 214)
FOLDS = (0.80, 1.15, 1.50)
"""Where the mask's folds are, below the eyes."""

SCARF = (
    *((-1.55, 1.05), (-0.75, 1.00), (0.0, 0.92), (0.75, 1.00), (1.55, 1.05)),
    *((1.75, 2.10), (1.60, 3.20), (-1.60, 3.20), (-1.75, 2.10)),
)
SCARF_RGB = (138, 46, 52)
STRIPE = 0.14
"""The width of its ribs in distances between the eyes."""

LENSES = ((-0.52, 0.03), (0.52, 0.03))
LENS_SIZE, FRAME_SIZE = (0.40, 0.30), (0.45, 0.35)
BRIDGE = ((-0.14, -0.06), (0.14, -0.06), (0.14, 0.02), (-0.14, 0.02))
ARMS = (
    ((-1.45, -0.12), (-0.92, -0.08), (-0.92, 0.0), (-1.45, -0.04)),
    ((1.45, -0.12), (0.92, -0.08), (0.92, 0.0), (1.45, -0.04)),
)
FRAME_RGB = (28, 26, 30)
LENS_TRANSMISSION = {1: 1.0, 2: 0.5, 3: 0.05}
"""Severity → the share of light that the lenses let through."""


class Mask(PictureCondition):
    """``face/mask``: a medical mask over mouth, chin and the lower nose."""

    source = "People tell emotions less well from masked faces: Carbon 2020 (doi:10.3389/fpsyg.2020.566886)"

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The mask, its straps and folds."""
        frame, shape = FaceFrame.of(pixels), pixels.shape
        other_straps = [(-x, y) for x, y in STRAPS]
        straps = np.maximum(frame.polygon(shape, STRAPS), frame.polygon(shape, other_straps))
        mask = frame.polygon(shape, MASK)
        masked = painted(painted(pixels, straps, (225, 225, 225)), mask, MASK_RGB)
        for fold in FOLDS:
            corners = ((-0.90, fold - 0.02), (0.90, fold - 0.02), (0.90, fold + 0.02), (-0.90, fold + 0.02))
            inside = np.minimum(frame.polygon(shape, corners), mask)
            masked = painted(masked, np.asarray(0.5 * inside, np.float32), np.array(MASK_RGB) * 0.75)
        return masked


class Scarf(PictureCondition):
    """``face/scarf``: a knitted scarf over mouth, chin and neck."""

    source = Mask.source

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The scarf and its ribs."""
        frame = FaceFrame.of(pixels)
        rows = (np.arange(pixels.shape[0])[:, None] - frame.middle[1]) / frame.unit
        ribs = 1.0 + 0.15 * np.sin(2.0 * np.pi * rows / STRIPE)
        colour = np.broadcast_to((ribs[..., None] * SCARF_RGB), pixels.shape)
        return painted(pixels, frame.polygon(pixels.shape, SCARF), np.clip(colour, 0.0, 255.0))


class Glasses(PictureCondition):
    """``face/glasses@1`` … ``@3``: a dark frame with clear lenses (1), tinted ones (2) or sunglasses (3)."""

    severities = {  # noqa: RUF012 (never changed)
        number: f"a dark frame, lenses that let through {share:.0%} of the light"
        for number, share in LENS_TRANSMISSION.items()
    }

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Lenses darken what is behind them, the frame covers."""
        assert self.severity is not None, "a severity was asked for"
        frame, shape = FaceFrame.of(pixels), pixels.shape
        lenses = _joined([frame.ellipse(shape, at, LENS_SIZE) for at in LENSES])
        rims = _joined([frame.ellipse(shape, at, FRAME_SIZE) for at in LENSES]) - lenses
        others = [frame.polygon(shape, corners) for corners in (BRIDGE, *ARMS)]
        tinted = painted(pixels, (1.0 - LENS_TRANSMISSION[self.severity]) * lenses, (12, 12, 14))
        return painted(tinted, _joined([np.clip(rims, 0.0, 1.0), *others]), FRAME_RGB)


def _joined(covers: list[Cover]) -> Cover:
    return np.asarray(np.max(covers, axis=0), np.float32)
