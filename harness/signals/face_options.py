"""Options of the face detection, which is part of the system under test and therefore of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.files import UserPath
from harness.resources import Configured


class FaceOptions(BaseModel):
    """How faces are found: part of the system under test.

    Attributes:
        detector: ``none`` takes the whole picture as the face; ``haar`` is OpenCV's frontal cascade; ``yunet`` is
            `cv2.FaceDetectorYN` and needs its ONNX file in ``weights``.
        margin: enlarges the detected box by this share of its size on every side.
        align: rotates the face so that the eyes are level (needs a detector that finds eyes).
        min_score: detections with less confidence are ignored (yunet).
        weights: path of the detector's ONNX file (yunet).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    detector: Literal["none", "haar", "yunet"] = Field(default_factory=Configured("face.detector"))
    margin: float = Field(default_factory=Configured("face.margin"), ge=0, le=1)
    align: bool = Field(default_factory=Configured("face.align"))
    min_score: float = Field(default_factory=Configured("face.min_score"), ge=0, le=1)
    weights: UserPath | None = Field(default_factory=Configured("face.weights"))
