"""The face in a picture that may be cut close around it, as pictures of data sets of faces are."""

from __future__ import annotations

from dataclasses import replace

import cv2

from harness.signals.face import Face, Pixels, find_faces
from harness.signals.face_options import FaceOptions

HAAR_WITH_EYES = FaceOptions(detector="haar", align=True)

MARGIN = 0.3
"""Of the shorter side. Detectors expect the outline of a head, which is outside of a close crop."""


def find_face(pixels: Pixels, options: FaceOptions = HAAR_WITH_EYES) -> Face | None:
    """The largest face; looked for once more with repeated edges around the picture if there is none in it.

    Args:
        pixels: RGB, uint8, shape (height, width, 3).
        options: how faces are found.
    """
    if pixels.size == 0:
        return None
    faces = find_faces(pixels, options)
    if faces:
        return faces[0]
    by = max(1, round(MARGIN * min(pixels.shape[:2])))
    wider = cv2.copyMakeBorder(pixels, by, by, by, by, cv2.BORDER_REPLICATE)
    faces = find_faces(wider, options)
    return _moved(faces[0], -by) if faces else None


def _moved(face: Face, by: float) -> Face:
    eyes = face.eyes
    if eyes is not None:
        eyes = ((eyes[0][0] + by, eyes[0][1] + by), (eyes[1][0] + by, eyes[1][1] + by))
    return replace(face, x=face.x + by, y=face.y + by, eyes=eyes)
