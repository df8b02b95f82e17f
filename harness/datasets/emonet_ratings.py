"""What experts saw in a picture of EmoNet-Face HQ, of the text in a cell of its table.

The text is what Python prints for a list with the ratings of one expert after the other:
``[{'human-1': {'Positive High-Energy Emotions|Amusement': 3, …}}, …]``, each from 0 to 7. Keys that begin with
``Extra Dimensions|`` are no emotions. Sources: notebooks and guide of github.com/LAION-AI/emonet-face; public
loaders of huggingface.co/datasets/laion/emonet-face-hq.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.files import json_value

EXPERT, NO_EMOTION = "human", "Extra Dimensions|"
HIGHEST = 7.0
MAX_TEXT = 2**17

Ratings = Mapping[str, Mapping[str, float]]
"""Expert → emotion → how strongly, above 0."""


def ratings_of(cell: Any) -> Ratings | None:
    """What the experts of one picture saw; None where it cannot be read.

    Args:
        cell: the text that Python prints for the list, or the list.
    """
    if isinstance(cell, str):
        if len(cell) > MAX_TEXT:
            return None
        try:
            cell = json_value(cell if cell.lstrip("[ ").startswith('{"') else as_json(cell))
        except ValueError:
            return None
    found: dict[str, dict[str, float]] = {}
    try:
        for expert, ratings in ((expert, of[expert]) for of in cell for expert in of if of[expert] is not None):
            if expert.startswith(EXPERT):
                strengths = {name: float(value or 0) for name, value in ratings.items() if NO_EMOTION not in name}
                if not all(0 <= value <= HIGHEST for value in strengths.values()):
                    return None
                found[expert] = {name.rpartition("|")[2]: value for name, value in strengths.items() if value}
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None
    return found or None


def as_json(printed: str) -> str:
    """What Python prints for texts, numbers and None, as JSON."""
    return re.sub(r"\bNone\b", "null", printed.replace("'", '"'))
