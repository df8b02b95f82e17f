"""What stays with a person: the looks that every drawing of a simulated face starts from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDES = (-1.0, 1.0)

FOLD_SHARE = np.array([0.45, 0.55, 0.58], np.float32)
"""What a deep fold swallows of the light: least of the red, which skin scatters back."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """What stays with a person. Sizes are factors on an average face; shares run from 0 to 1."""

    skin: str
    hair: str
    iris: str
    face_width: float = 1.0
    jaw: float = 0.8
    eye_distance: float = 1.0
    eye_size: float = 1.0
    brow_thickness: float = 1.0
    brow_height: float = 0.0
    nose_width: float = 1.0
    nose_length: float = 1.0
    mouth_width: float = 1.0
    lip_thickness: float = 1.0
    hairline: float = 0.0
    long_hair: bool = False
    fringe: bool = False
    bald: bool = False
    stubble: float = 0.0
    wrinkles: float = 0.0

    @property
    def eye_x(self) -> float:
        """How far each eye is from the middle of the face, in face units."""
        return 0.33 * self.eye_distance
