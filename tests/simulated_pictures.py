"""Pictures of simulated people, for what needs a face."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from harness.cards.facts import dataset_card
from harness.datasets.simulated.faces import SimulatedFacesOptions, SimulatedFacesReader


@cache
def neutral_faces(subjects: int = 20) -> tuple[tuple[int, np.ndarray], ...]:
    """The tone on the Monk scale that each person was drawn with, and a picture: RGB, uint8, 192×192."""
    options = SimulatedFacesOptions(subjects=subjects, glasses=0.0)
    reader = SimulatedFacesReader(dataset_card("simulated_faces"), None, options)
    rows: list[dict[str, Any]] = [row for row in reader.samples().to_pylist() if row["label"] == "neutral"]
    return tuple((int(row["attr.skin_tone"][-2:]), reader.load(row).pixels) for row in rows)


def face_of_tone(tone: int) -> np.ndarray:
    return next(pixels for drawn, pixels in neutral_faces() if drawn == tone)
