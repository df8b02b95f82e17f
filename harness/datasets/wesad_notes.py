"""What WESAD writes beside the signals: ``S2_readme.txt`` and ``S2_quest.csv``.

The questionnaire separates by ``;``. Its rows of one kind (``# DIM``) follow the order of the conditions that
``# ORDER`` states, which differs between people, so that a row's own position says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files import read_text, text_lines

MAX_NOTES_BYTES = 2**20

CONDITIONS: Mapping[str, str] = {
    "base": "baseline", "tsst": "stress", "fun": "amusement", "medi 1": "meditation", "medi 2": "meditation",
}  # fmt: skip
"""Condition in the questionnaire, in lower case → our label. Others are readings, not followed by questions."""

_SEXES = {"male": "male", "female": "female"}
_HANDS = {"right": "right", "left": "left"}


def read_person(path: Path) -> dict[str, Any]:
    """Age, sex and dominant hand from a person's ``_readme.txt`` as ``attr.*``; None where it does not say.

    Raises:
        HarnessError: the file is no text.
    """
    stated: dict[str, str] = {}
    for line in _lines(path):
        name, colon, value = line.partition(":")
        if colon:
            stated.setdefault(name.strip().lower(), value.strip().lower())
    age = stated.get("age", "")
    return {
        "attr.age": float(age) if age.isdecimal() else None,
        "attr.sex": _SEXES.get(stated.get("gender", "")),
        "attr.handedness": _HANDS.get(stated.get("dominant hand", "")),
    }


def read_ratings(path: Path) -> dict[str, list[tuple[float, float]]]:
    """A person's own ratings after each condition: label → (valence, arousal), 1 to 9 each, in order of time.

    Raises:
        HarnessError: the file is no text, or a rating is not from 1 to 9.
    """
    rows = [[cell.strip() for cell in line.split(";")] for line in _lines(path)]
    order = next((row[1:] for row in rows if row[0].upper() == "# ORDER"), [])
    asked = [CONDITIONS[name.lower()] for name in order if name.lower() in CONDITIONS]
    rated = [row[1:3] for row in rows if row[0].upper() == "# DIM"]
    ratings: dict[str, list[tuple[float, float]]] = {}
    for label, cells in zip(asked, rated, strict=False):
        try:
            valence, arousal = (float(cell) for cell in cells)
        except ValueError:
            raise HarnessError(f"{path}: # DIM {';'.join(cells)!r} is not valence;arousal.") from None
        if not (1 <= valence <= 9 and 1 <= arousal <= 9):
            raise HarnessError(f"{path}: # DIM {valence:g};{arousal:g} is not from 1 to 9.")
        ratings.setdefault(label, []).append((valence, arousal))
    return ratings


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    try:
        return text_lines(read_text(path, MAX_NOTES_BYTES))
    except ValueError as error:
        raise HarnessError(f"{path}: {error}.") from None
