"""Options of the face detection, which is part of the system under test and therefore of the plan."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from harness.files import UserPath
from harness.plain_numbers import PlainNumbers
from harness.resources import Configured

MIN_SCORES = {"yunet": 0.7, "blazeface": 0.5}
"""What counts as a detection unless something else is chosen; for BlazeFace as in MediaPipe."""


class FaceOptions(PlainNumbers):
    """How faces are found: part of the system under test.

    Attributes:
        detector: ``none`` takes the whole picture as the face; ``haar`` is OpenCV's frontal cascade; ``yunet`` is
            `cv2.FaceDetectorYN` and needs its ONNX file in ``weights``; ``blazeface`` is MediaPipe's short-range
            model, run by LiteRT.
        margin: enlarges the detected box by this share of its size on every side.
        align: rotates the face so that the eyes are level (needs a detector that finds eyes).
        min_score: detections with less confidence are ignored (yunet, blazeface); None: see `MIN_SCORES`.
        weights: path of the detector's file (yunet; that of blazeface is fetched if it is not given).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    detector: Literal["none", "haar", "yunet", "blazeface"] = Field(default_factory=Configured("face.detector"))
    margin: float = Field(default_factory=Configured("face.margin"), ge=0, le=1)
    align: bool = Field(default_factory=Configured("face.align"))
    min_score: float | None = Field(default_factory=Configured("face.min_score"), ge=0, le=1)
    weights: UserPath | None = Field(default_factory=Configured("face.weights"))

    @property
    def least_score(self) -> float:
        """The confidence below which detections are ignored."""
        return MIN_SCORES.get(self.detector, 0.0) if self.min_score is None else self.min_score
