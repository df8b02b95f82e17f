"""Where the system looked in a picture: the face that its run cropped, found again with the same options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError
from harness.signals.face import Face, find_faces
from harness.signals.face_options import MIN_SCORES, FaceOptions
from harness.viewer.row_pages import finite


class FaceBoxes:
    """Finds faces as a run did.

    Args:
        plan: of the run.
        weights: the detector's file, where it needs one; plans state no paths.
    """

    def __init__(self, plan: Mapping[str, Any], weights: Path | None = None) -> None:
        facts = plan["model"].get("facts") or {}
        options = facts.get("face") or {}
        known = {name: options[name] for name in ("detector", "margin", "align", "min_score") if name in options}
        self._options = FaceOptions(**known, weights=weights) if known else None

    def found(self, pixels: npt.NDArray[np.uint8]) -> dict[str, Any]:
        """The face that is cropped, and what is to be said of it.

        Args:
            pixels: RGB, shape (height, width, 3).

        Returns:
            ``box``: x, y, width and height of the face in pixels; ``crop``: of the square that the system was
            shown, and ``tilt_deg``, by which it is turned; ``remark``: in words. Empty for a system that looks for
            no face.
        """
        options = self._options
        if options is None or options.detector == "none":
            return {} if options is None else {"remark": "The system is shown the whole picture."}
        if options.detector in MIN_SCORES and options.weights is None:
            return {"remark": f"The box is not drawn: give the file of {options.detector} with face.weights=PATH."}
        try:
            faces = find_faces(pixels, options)
        except HarnessError as error:
            return {"remark": f"The box is not drawn: {error}"}
        if not faces:
            return {"remark": f"No face found by {options.detector}."}
        return _drawn(faces[0], options) | {
            "remark": f"One face found by {options.detector}."
            if len(faces) == 1
            else f"{len(faces)} faces found by {options.detector}: the largest is used."
        }


def _drawn(face: Face, options: FaceOptions) -> dict[str, Any]:
    side = max(face.width, face.height) * (1.0 + 2.0 * options.margin)
    left, top = face.x + face.width / 2.0 - side / 2.0, face.y + face.height / 2.0 - side / 2.0
    return {
        "box": [finite(value, 1) for value in (face.x, face.y, face.width, face.height)],
        "crop": [finite(value, 1) for value in (left, top, side, side)],
        "tilt_deg": finite(face.tilt_deg if options.align else 0.0, 1),
    }
