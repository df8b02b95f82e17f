"""BlazeFace, the short-range face detector of MediaPipe, run by LiteRT.

Bazarevsky V et al.: BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs. arXiv:1907.05047. Anchors,
decoding and suppression follow MediaPipe 0.10.21 (mediapipe/modules/face_detection/face_detection.pbtxt and
face_detection_short_range.pbtxt, calculators/tflite/ssd_anchors_calculator.cc,
tensors_to_detections_calculator.cc, util/non_max_suppression_calculator.cc).

Shapes: A anchors.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.signals.litert_interpreter import open_interpreter

SIDE = 128
"""Pixels of the square that the network looks at."""

GRIDS = ((16, 2), (8, 6))
"""Cells along a side, and anchors of a cell: strides of 8, 16, 16 and 16 pixels with two anchors each."""

NUM_ANCHORS = sum(cells * cells * anchors for cells, anchors in GRIDS)
SAME_FACE = 0.3
"""Boxes that overlap more (intersection over union) are one face, and are averaged by their scores."""

MAX_LOGIT = 100.0


class Detection(NamedTuple):
    """A face, in pixels of the picture: its box, and the eye that is further left in the picture first."""

    x: float
    y: float
    width: float
    height: float
    left_eye: tuple[float, float]
    right_eye: tuple[float, float]


def find_with_blazeface(pixels: npt.NDArray[np.uint8], file: Path, min_score: float) -> list[Detection]:
    """All faces in an RGB picture whose score is `min_score` or more, the surest first."""
    square, scale, left, top = _letterboxed(pixels)
    raw_A16, logits_A = _run(blazeface(file), square)
    scores_A = 1.0 / (1.0 + np.exp(-np.clip(logits_A, -MAX_LOGIT, MAX_LOGIT)))
    kept = scores_A >= min_score
    merged = suppressed(decoded(raw_A16)[kept], scores_A[kept])
    return [_in_picture(values, scale, left, top) for values in merged]


@lru_cache
@first_use()
def blazeface(file: Path) -> Any:
    """The interpreter of the detector's file, one per process.

    Raises:
        HarnessError: the file cannot be opened, or is of another network.
    """
    interpreter = open_interpreter(file, "face.detector=blazeface")
    found = [tuple(int(axis) for axis in port["shape"]) for port in interpreter.get_output_details()]
    if sorted(found) != [(1, NUM_ANCHORS, 1), (1, NUM_ANCHORS, 16)]:
        raise HarnessError(f"face.weights={file}: not the short-range model of BlazeFace.")
    return interpreter


def decoded(raw_A16: Floats) -> Floats:
    """Outputs for the anchors → [left, top, right, bottom, x and y of six points], as shares of the square.

    The network answers with offsets from the centre of its anchor, and sizes, in pixels of the square.
    """
    centres_A2 = anchors()
    values_A16 = raw_A16 / SIDE
    middle_A2 = values_A16[:, :2] + centres_A2
    half_A2 = values_A16[:, 2:4] / 2.0
    points_A12 = values_A16[:, 4:] + np.tile(centres_A2, 6)
    return np.concatenate([middle_A2 - half_A2, middle_A2 + half_A2, points_A12], axis=1)


@lru_cache
@first_use()
def anchors() -> Floats:
    """The centres of the anchors as shares of the square, shape (896, 2): x and y, row by row."""
    centres = []
    for cells, num in GRIDS:
        y, x = np.mgrid[:cells, :cells]
        of_cells = np.stack([x, y], axis=-1).reshape(-1, 2)
        centres.append(np.repeat((of_cells + 0.5) / cells, num, axis=0))
    return np.concatenate(centres)


def suppressed(boxes_N16: Floats, scores_N: Floats) -> list[Floats]:
    """One row for each face: the mean of the boxes that overlap with its surest one, weighted by their scores."""
    left = np.argsort(-scores_N, kind="stable")
    merged = []
    while len(left):
        same = overlap(boxes_N16[left[0]], boxes_N16[left]) > SAME_FACE
        same[0] = True  # also a box without an area
        merged.append(np.average(boxes_N16[left[same]], axis=0, weights=scores_N[left[same]]))
        left = left[~same]
    return merged


def overlap(box: Floats, boxes_N: Floats) -> Floats:
    """Intersection over union of one box with others, which start with [left, top, right, bottom]."""
    start_N2, end_N2 = np.maximum(box[:2], boxes_N[:, :2]), np.minimum(box[2:4], boxes_N[:, 2:4])
    shared_N = np.prod(np.maximum(end_N2 - start_N2, 0.0), axis=1)
    areas_N = np.prod(np.maximum(boxes_N[:, 2:4] - boxes_N[:, :2], 0.0), axis=1)
    union_N = areas_N + np.prod(np.maximum(box[2:4] - box[:2], 0.0)) - shared_N
    shares_N: Floats = np.divide(shared_N, union_N, out=np.zeros(len(boxes_N)), where=union_N > 0.0)
    return shares_N


def _letterboxed(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float, int, int]:
    """The picture within a black square of 128 pixels, its scale, and its left and top there."""
    height, width = pixels.shape[:2]
    scale = SIDE / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    left, top = (SIDE - size[0]) // 2, (SIDE - size[1]) // 2
    square = np.zeros((SIDE, SIDE, 3), np.uint8)
    # Averages what it shrinks: faces that are small in a large picture would be aliased otherwise.
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_LINEAR
    square[top : top + size[1], left : left + size[0]] = cv2.resize(pixels, size, interpolation=method)
    return square, scale, left, top


def _run(interpreter: Any, square: npt.NDArray[np.uint8]) -> tuple[Floats, Floats]:
    (port,) = interpreter.get_input_details()
    interpreter.set_tensor(port["index"], square[None].astype(np.float32) / np.float32(127.5) - np.float32(1.0))
    interpreter.invoke()
    by_width = {}
    for out in interpreter.get_output_details():
        values = interpreter.get_tensor(out["index"])[0].astype(np.float64)
        by_width[values.shape[1]] = values
    return by_width[16], by_width[1][:, 0]


def _in_picture(values: Floats, scale: float, left: int, top: int) -> Detection:
    x, y = (values[0::2] * SIDE - left) / scale, (values[1::2] * SIDE - top) / scale
    # Points: right eye (left in the picture), left eye, nose, mouth, ears.
    first, second = sorted([(float(x[2]), float(y[2])), (float(x[3]), float(y[3]))])
    return Detection(float(x[0]), float(y[0]), float(x[1] - x[0]), float(y[1] - y[0]), first, second)
