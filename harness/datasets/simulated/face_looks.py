"""The looks of a simulated person, which are the same in all of their pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.datasets.simulated.face_canvas import Colour

SIDES = (-1.0, 1.0)

FOLD_SHARE = np.array([0.45, 0.55, 0.58], np.float32)
"""How much light a deep fold absorbs, per channel: least of red, which skin scatters back."""


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The looks of a person. Sizes are relative to an average face; shares are 0 to 1.

    Only `skin` depends on the skin tone.
    """

    skin: str
    hair: str
    iris: str
    clothes: str = "#4a5560"
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
    curl: float = 0.0
    parting: float = 0.0
    long_hair: bool = False
    fringe: bool = False
    bald: bool = False
    stubble: float = 0.0
    wrinkles: float = 0.0

    @property
    def eye_x(self) -> float:
        """How far each eye is from the middle of the face, in face units."""
        return 0.33 * self.eye_distance


def oval(
    width: float, above: float, below: float, corner: float = 1.0, *, x: float = 0.0, y: float = 0.0
) -> npt.NDArray[np.float64]:
    """An outline of shape (points, 2) around (x, y); a smaller `corner` exponent makes its lower half squarer."""
    angle = np.linspace(0.0, 2.0 * np.pi, 65)[:-1]
    cos, sin = np.cos(angle), np.sin(angle)
    across = width * np.sign(cos) * np.abs(cos) ** np.where(sin > 0, corner, 0.9 if corner < 1.0 else 1.0)
    return np.stack([x + across, y + np.where(sin > 0, below, above) * sin], axis=1)


def reflected(colour: Colour, skin: Colour) -> Colour:
    """Eyes and teeth are recessed, so part of the light that reaches them comes from the surrounding skin."""
    return colour * (0.5 + 0.5 * skin)
