"""A person whose face is hidden: what posture, hands and surroundings alone tell a system.

People read emotions from bodies without a face (Aviezer, Trope & Todorov 2012, doi:10.1126/science.1224313, of
intense ones even more than from the face), though other emotions, and less surely; the label may not be what is
seen any more.
"""

from __future__ import annotations

import numpy as np

from harness.cards.modality import Modality
from harness.conditions.pictures import PictureCondition, Pixels
from harness.errors import Reason, Unscored
from harness.signals.blank import HAAR, face_covered
from harness.signals.face import find_faces


class FaceHidden(PictureCondition):
    """``body/face_hidden``: every face of the picture under uniform grey, with hair, chin and forehead."""

    modalities = frozenset({Modality.BODY})
    source = "Bodies tell emotions without faces: Aviezer et al. 2012 (doi:10.1126/science.1224313)"

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The faces covered.

        Raises:
            Unscored: no face is found, so that nothing would be hidden (``not_applicable``).
        """
        faces = find_faces(pixels, HAAR)
        if not faces:
            raise Unscored(Reason.NOT_APPLICABLE, "no face is found")
        return face_covered(pixels, faces)
