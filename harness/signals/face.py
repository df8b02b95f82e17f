"""Find the face in a picture and crop it. Face detection is part of the system under test.

Boxes are (x, y, width, height) in pixels of the full picture. Detectors are created once per process, on
first use: OpenCV's cannot be pickled, so a `FaceCropper` holds only options.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from cv2.data import haarcascades

from harness.errors import HarnessError, Reason, Unscored
from harness.files import sha256_file
from harness.first_use import first_use
from harness.signals.blazeface import blazeface, find_with_blazeface
from harness.signals.face_options import MIN_SCORES, FaceOptions
from harness.signals.known_faces import as_sought, found_once

FACE_CASCADE = "haarcascade_frontalface_default.xml"
EYE_CASCADE = "haarcascade_eye.xml"

HAAR_SCALE_STEP = 1.1
HAAR_MIN_NEIGHBOURS = 5
HAAR_MIN_SIDE = 50
"""Haar settings of the `fer` package (25.10.3): faces under 50 pixels are not looked for."""

_TOO_SMALL = (
    f"the picture is under {HAAR_MIN_SIDE} pixels, the smallest face that haar looks for; face.detector=none "
    "takes whole pictures"
)

MAX_DETECTION_SIDE = 1024
"""Larger pictures are shrunk to this size, for detection only, to bound the time per picture."""

MAX_TILT_DEG = 35.0
"""Frontal detectors miss faces that are tilted more, so a steeper line between "eyes" is a false detection."""

YUNET_NMS_OVERLAP = 0.3
YUNET_TOP_K = 5000

Pixels = npt.NDArray[np.uint8]
Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """A detected face; `eyes` are the centres of the eyes, the one further left in the picture first."""

    x: float
    y: float
    width: float
    height: float
    eyes: tuple[Point, Point] | None = None

    @property
    def tilt_deg(self) -> float:
        """The angle of the line between the eyes, clockwise in the picture; 0 if they were not found."""
        if self.eyes is None:
            return 0.0
        (left_x, left_y), (right_x, right_y) = self.eyes
        angle = math.degrees(math.atan2(right_y - left_y, right_x - left_x))
        return angle if abs(angle) <= MAX_TILT_DEG else 0.0


class FaceCropper:
    """Crops the largest face of a picture. Picklable.

    Raises:
        HarnessError: the options cannot be satisfied (no detector file, alignment without a detector).
    """

    def __init__(self, options: FaceOptions) -> None:
        if options.align and options.detector == "none":
            raise HarnessError(
                "face.align=true needs a detector that finds eyes: face.detector=haar, yunet or blazeface."
            )
        if options.detector == "yunet":
            _yunet(_yunet_file(options), options.least_score)
        if options.detector == "blazeface":
            blazeface(_blazeface_file(options))
        self.options = options

    def crop(self, pixels: Pixels) -> Pixels:
        """RGB uint8 of shape (H, W, 3) → the square around the face, RGB; the whole picture without a detector.

        Outside the picture, its last row or column is repeated.

        Raises:
            Unscored: no face is found (abstained), or the picture has no pixels.
        """
        if pixels.size == 0:
            raise Unscored(Reason.EMPTY, "a picture without pixels")
        if self.options.detector == "none":
            return pixels
        faces = find_faces(pixels, self.options)
        if not faces:
            small = self.options.detector == "haar" and min(pixels.shape[:2]) < HAAR_MIN_SIDE
            raise Unscored(Reason.NO_FACE, _TOO_SMALL if small else "", abstained=True)
        return cut_out(pixels, faces[0], margin=self.options.margin, align=self.options.align)

    def facts(self) -> dict[str, Any]:
        """What determines the crops: the options and the SHA-256 of the detector's files, without paths."""
        files: dict[str, str] = {}
        if self.options.detector == "haar":
            names = [FACE_CASCADE, EYE_CASCADE] if self.options.align else [FACE_CASCADE]
            files = {name: _cascade_file(name) for name in names}
        if self.options.detector == "yunet":
            files = {"yunet": _yunet_file(self.options)}
        if self.options.detector == "blazeface":
            files = {"blazeface": str(_blazeface_file(self.options))}
        hashes = {name: sha256_file(Path(file)) for name, file in files.items()}
        least = {"min_score": self.options.least_score} if self.options.detector in MIN_SCORES else {}
        return self.options.model_dump(exclude={"weights"}) | least | {"files_sha256": hashes}


def find_faces(pixels: Pixels, options: FaceOptions) -> list[Face]:
    """All faces in an RGB picture, the largest first; equal sizes from top to bottom, then left to right."""
    pixels = as_sought(pixels)
    height, width = pixels.shape[:2]
    scale = min(1.0, MAX_DETECTION_SIDE / max(height, width))
    if scale < 1.0:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    faces = [_rescaled(face, 1.0 / scale) for face in found_once(pixels, options, _FIND[options.detector])]
    return sorted(faces, key=lambda face: (-face.width * face.height, face.y, face.x))


def cut_out(pixels: Pixels, face: Face, *, margin: float, align: bool) -> Pixels:
    """The square around a face, enlarged by `margin` of its size on every side; `align` makes the eyes level."""
    side = max(1, round(max(face.width, face.height) * (1.0 + 2.0 * margin)))
    pixels, left, top = _surroundings(pixels, face, radius=side)
    centre = (face.x + face.width / 2.0 - left, face.y + face.height / 2.0 - top)
    turn = cv2.getRotationMatrix2D(centre, face.tilt_deg if align else 0.0, 1.0)
    # Whole pixels: without rotation the crop is an exact copy.
    turn[:, 2] -= (round(centre[0] - side / 2.0), round(centre[1] - side / 2.0))
    crop: Pixels = cv2.warpAffine(
        pixels, turn, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return crop


def _surroundings(pixels: Pixels, face: Face, radius: int) -> tuple[Pixels, int, int]:
    """The part within `radius` of the face's centre, its left and top: OpenCV rotates at most 32,767 pixels."""
    height, width = pixels.shape[:2]
    x, y = int(face.x + face.width / 2.0), int(face.y + face.height / 2.0)
    left, top = min(max(0, x - radius), width - 1), min(max(0, y - radius), height - 1)
    right, bottom = max(left + 1, x + radius + 1), max(top + 1, y + radius + 1)
    return pixels[top:bottom, left:right], left, top


def _find_with_haar(pixels: Pixels, options: FaceOptions) -> list[Face]:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    boxes = _cascade(FACE_CASCADE).detectMultiScale(
        grey,
        scaleFactor=HAAR_SCALE_STEP,
        minNeighbors=HAAR_MIN_NEIGHBOURS,
        minSize=(HAAR_MIN_SIDE, HAAR_MIN_SIDE),
    )
    faces = [Face(float(x), float(y), float(width), float(height)) for x, y, width, height in boxes]
    if not options.align:
        return faces
    return [Face(face.x, face.y, face.width, face.height, _haar_eyes(grey, face)) for face in faces]


def _haar_eyes(grey: Pixels, face: Face) -> tuple[Point, Point] | None:
    """The largest eye in each half of the upper 60 % of a face; None unless there is one in both."""
    x, y, width, height = int(face.x), int(face.y), int(face.width), int(face.height)
    upper = grey[y : y + round(0.6 * height), x : x + width]
    smallest = max(8, width // 8)
    found = _cascade(EYE_CASCADE).detectMultiScale(
        upper, scaleFactor=1.05, minNeighbors=4, minSize=(smallest, smallest), maxSize=(width // 2, width // 2)
    )
    sized = sorted((-int(w) * int(h), int(ey), int(ex), int(w), int(h)) for ex, ey, w, h in found)
    centres = [(x + ex + w / 2.0, y + ey + h / 2.0) for _, ey, ex, w, h in sized]
    left = next((eye for eye in centres if eye[0] < x + width / 2.0), None)
    right = next((eye for eye in centres if eye[0] >= x + width / 2.0), None)
    return (left, right) if left and right else None


def _find_with_yunet(pixels: Pixels, options: FaceOptions) -> list[Face]:
    detector = _yunet(_yunet_file(options), options.least_score)
    detector.setInputSize((pixels.shape[1], pixels.shape[0]))
    _, rows = detector.detect(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    faces = []
    for row in [] if rows is None else rows:
        # x, y, width, height, then the landmarks: right eye (left in the picture), left eye, nose, mouth.
        x, y, width, height, left_x, left_y, right_x, right_y = (float(value) for value in row[:8])
        faces.append(Face(x, y, width, height, ((left_x, left_y), (right_x, right_y))))
    return faces


def _find_with_blazeface(pixels: Pixels, options: FaceOptions) -> list[Face]:
    found = find_with_blazeface(pixels, _blazeface_file(options), options.least_score)
    return [Face(of.x, of.y, of.width, of.height, (of.left_eye, of.right_eye)) for of in found]


def _blazeface_file(options: FaceOptions) -> Path:
    if options.weights is None:
        raise HarnessError("face.detector=blazeface: its file is not given. Give it with face.weights=PATH.")
    return options.weights


def _rescaled(face: Face, factor: float) -> Face:
    if factor == 1.0:
        return face
    left, right = face.eyes or ((0.0, 0.0), (0.0, 0.0))
    eyes = ((left[0] * factor, left[1] * factor), (right[0] * factor, right[1] * factor)) if face.eyes else None
    return Face(face.x * factor, face.y * factor, face.width * factor, face.height * factor, eyes)


def _cascade_file(name: str) -> str:
    return str(Path(haarcascades) / name)


@lru_cache
@first_use()
def _cascade(name: str) -> Any:
    if not hasattr(cv2, "CascadeClassifier"):
        raise HarnessError(f"face.detector=haar: OpenCV {cv2.__version__} has no Haar cascades; install 4.x.")
    cascade = cv2.CascadeClassifier(_cascade_file(name))
    if cascade.empty():
        raise HarnessError(
            f"face.detector=haar: OpenCV's {name} cannot be read. Reinstall opencv-python-headless."
        )
    return cascade


def _yunet_file(options: FaceOptions) -> str:
    if options.weights is None or not options.weights.is_file():
        raise HarnessError(
            f"face.detector=yunet: found no model file at face.weights={options.weights}. Fetch "
            "face_detection_yunet_2023mar.onnx from the OpenCV Zoo (github.com/opencv/opencv_zoo, "
            "models/face_detection_yunet) and give its path."
        )
    return str(options.weights)


@lru_cache
@first_use()
def _yunet(file: str, min_score: float) -> Any:
    try:
        return cv2.FaceDetectorYN.create(file, "", (320, 320), min_score, YUNET_NMS_OVERLAP, YUNET_TOP_K)
    except cv2.error as error:
        raise HarnessError(f"face.weights={file}: not a YuNet model that OpenCV can read ({error.err}).") from None


_FIND: Mapping[str, Callable[[Pixels, FaceOptions], list[Face]]] = {
    "haar": _find_with_haar,
    "yunet": _find_with_yunet,
    "blazeface": _find_with_blazeface,
}
