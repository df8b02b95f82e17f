"""How the tables of FHIBE write answers, colours of skin and boxes.

Sources: docs/supported_attributes.md and the loader of github.com/SonyResearch/fhibe_evaluation_api.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from harness.files import json_value

REGIONS = ("Africa", "Americas", "Asia", "Europe", "Oceania")
HUES = ("dark_red", "dark_yellow", "light_red", "light_yellow")
PHOTOTYPES = {
    "102, 78, 65": "VI",
    "136, 105, 81": "V",
    "164, 131, 103": "IV",
    "175, 148, 120": "III",
    "189, 163, 137": "II",
    "198, 180, 157": "I",
}
"""The colours that people chose among, as RGB, and the phototypes that they stand for."""

NOT_STATED = "Prefer not to say"
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NUMBER = re.compile(r"\d+\.\s*")
_COLOUR = re.compile(r"\[\s*(\d+)[,\s]+(\d+)[,\s]+(\d+)\s*\]")


def answers(cell: str) -> list[str]:
    """What was chosen: ``['0. Africa', '4. Southern Africa']`` or one alone, without the numbers."""
    chosen = [one or other for one, other in _QUOTED.findall(cell)] if cell.startswith("[") else [cell]
    return [text for one in chosen if (text := _NUMBER.sub("", one.strip(), count=1).strip())]


def joined(chosen: Sequence[str]) -> str | None:
    """Several answers as one; None where there is none."""
    return " + ".join(dict.fromkeys(one for one in chosen if one != NOT_STATED)) or None


def age(cell: str) -> float | None:
    """Whole years."""
    whole = cell.removesuffix(".0")
    return float(whole) if whole.isdecimal() and whole.isascii() and len(whole) < 4 else None


def phototype(cell: str) -> str | None:
    """Fitzpatrick's phototype of ``2. [164, 131, 103]``."""
    colour = _COLOUR.search(cell)
    return PHOTOTYPES.get(", ".join(colour.groups())) if colour else None


def box(cell: str) -> tuple[float, ...] | None:
    """Left, top, right and bottom of ``[left, top, width, height]``, in pixels; None where it is no box."""
    try:
        left, top, width, height = (float(number) for number in json_value(cell))
    except (ValueError, TypeError, OverflowError):
        return None
    edges = (left, top, left + width, top + height)
    return edges if all(abs(edge) < 1e6 for edge in edges) else None
