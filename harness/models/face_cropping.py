"""The face detection of a run, with the detector's file where one has to be fetched."""

from __future__ import annotations

from harness.cards.facts import Licence, Weights
from harness.errors import HarnessError
from harness.files import sha256_file
from harness.models.weights import fetched
from harness.signals.face import FaceCropper
from harness.signals.face_options import FaceOptions

BLAZEFACE = Weights(
    source="wheel",
    package="mediapipe",
    version="0.10.21",
    member="mediapipe/modules/face_detection/face_detection_short_range.tflite",
    python="3.12",  # the newest that the package has wheels for
    sha256="bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    licence=Licence(name="Apache-2.0", url="https://github.com/google-ai-edge/mediapipe/blob/v0.10.21/LICENSE"),
)
"""The short-range model of MediaPipe's face detection."""


def face_cropper(options: FaceOptions) -> FaceCropper:
    """Crops faces as the options of a run say.

    Raises:
        HarnessError: the options cannot be satisfied; BlazeFace's file cannot be fetched, or is another one.
    """
    if options.detector != "blazeface":
        return FaceCropper(options)
    if options.weights is None:
        path = fetched(BLAZEFACE, "face.detector=blazeface", "face.weights")
        return FaceCropper(options.model_copy(update={"weights": path}))
    if not options.weights.is_file() or sha256_file(options.weights) != BLAZEFACE.sha256:
        raise HarnessError(
            f"face.weights={options.weights}: this is not the BlazeFace file of {BLAZEFACE.package} "
            f"{BLAZEFACE.version}, {BLAZEFACE.member} (SHA-256 {BLAZEFACE.sha256})."
        )
    return FaceCropper(options)
