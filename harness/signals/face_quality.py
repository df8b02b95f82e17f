"""How well a face is seen in a picture: its size, sharpness, light and tilt."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from harness.signals.cropped_face import find_face
from harness.signals.face import Pixels, cut_out

SIDE_PX = 112
"""Faces are brought to this size before sharpness is measured, or a large face would seem blurred beside a small
one. A smaller face is enlarged and seems as blurred as it is."""


class FaceQuality(NamedTuple):
    """Of the largest face of one picture.

    Attributes:
        face_px: the side of the box that the detector draws around it, pixels.
        face_sharpness: variance of the Laplacian of the grey face, 8-bit levels squared (Pech-Pacheco et al. 2000,
            ICPR, 314-317); low for a blurred face.
        face_brightness: mean grey level, 0 to 1.
        face_contrast: standard deviation of the grey levels, 0 to 1.
        face_tilt_deg: the angle of the line between the eyes, degrees, clockwise; NaN if they are not found.
    """

    face_px: float
    face_sharpness: float
    face_brightness: float
    face_contrast: float
    face_tilt_deg: float


def face_quality(pixels: Pixels) -> FaceQuality | None:
    """Measure the largest face of an RGB picture; None where no face is found.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
    """
    face = find_face(pixels)
    if face is None:
        return None
    crop = cut_out(pixels, face, margin=0.0, align=False)
    shrinks = crop.shape[0] > SIDE_PX
    sized = cv2.resize(crop, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    grey = cv2.cvtColor(sized, cv2.COLOR_RGB2GRAY)
    return FaceQuality(
        face_px=float(max(face.width, face.height)),
        face_sharpness=float(cv2.Laplacian(grey, cv2.CV_64F).var()),
        face_brightness=float(grey.mean() / 255.0),
        face_contrast=float(grey.std() / 255.0),
        face_tilt_deg=float("nan") if face.eyes is None else float(np.round(face.tilt_deg, 6)),
    )
