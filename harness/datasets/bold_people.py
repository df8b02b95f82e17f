"""Rows of the annotations of BoLD: a person in a clip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.cards.taxonomy import most_voted
from harness.datasets.layout import cell_number
from harness.errors import HarnessError
from harness.tables.schemas import DIMENSIONS
from harness.tables.votes import SHARES

PLACE = ("person", "first_frame", "last_frame")
ATTRIBUTES = {"gender": "attr.sex", "age": "attr.age_group", "ethnicity": "attr.ethnicity"}
CONFIDENCE = "annotation_confidence"
HIGHEST = 10.0
MAX_FRAME = 1_000_000


def columns(categories: Sequence[str]) -> tuple[str, ...]:
    """What the cells of a row are; the last is missing in some copies."""
    return ("video", *PLACE, *categories, *DIMENSIONS, *ATTRIBUTES, CONFIDENCE)


def annotated(
    cells: Mapping[str, str], categories: Sequence[str], lowest: float | None, where: str
) -> dict[str, Any]:
    """Place, label, shares and dimensions of a row; attributes are not in it.

    Args:
        cells: by `columns`.
        categories: those that have a share.
        lowest: what valence, arousal and dominance begin with; None: they are left out.
        where: names the row in errors.

    Raises:
        HarnessError: a number is missing or cannot be meant.
    """
    place = {name: _between(cells[name], 0, MAX_FRAME, f"{where}, {name}") for name in PLACE}
    if place["first_frame"] > place["last_frame"]:
        raise HarnessError(f"{where}: the first frame, {cells['first_frame']}, is after {cells['last_frame']}.")
    shares = {name: _between(cells[name], 0, 1, f"{where}, {name}") for name in categories}
    leading = most_voted(shares)
    clip = cells["video"].strip().replace("\\", "/")
    return {
        "sample_id": f"videos/{clip}#" + "-".join(f"{place[name]:.0f}" for name in PLACE),
        "uri": f"videos/{clip}",
        "subject_id": clip.rpartition("/")[0] or clip,
        "label": leading[0] if len(leading) == 1 else None,
        **{name: _dimension(cells[name], lowest, f"{where}, {name}") for name in DIMENSIONS},
        **{f"ctx.{name}": value for name, value in place.items()},
        **{f"{SHARES}{name}": share for name, share in shares.items()},
        f"ctx.{CONFIDENCE}": cell_number(cells[CONFIDENCE], f"{where}, {CONFIDENCE}"),
    }


def unexplained(cell: str, codes: Mapping[int, str]) -> bool:
    """Whether a cell is a number of which nobody said what it means."""
    code = _code(cell)
    return code is not None and code not in codes


def attribute(cell: str, codes: Mapping[int, str]) -> str | None:
    """Words as they are, in lower case; a number as it is explained."""
    code = _code(cell)
    return codes.get(code) if code is not None else cell.strip().lower() or None


def _code(cell: str) -> int | None:
    text = cell.strip().removesuffix(".0")
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and digits.isascii() and len(digits) < 4 else None


def _between(cell: str, lowest: float, highest: float, where: str) -> float:
    number = cell_number(cell, where)
    if number is None or not lowest <= number <= highest:
        raise HarnessError(f"{where}: {cell!r} is no number from {lowest} to {highest:,}. Is it BoLD's table?")
    return number


def _dimension(cell: str, lowest: float | None, where: str) -> float | None:
    """From `lowest` … 10 to -1 … 1."""
    number = cell_number(cell, where)
    if number is None or lowest is None or not lowest <= number <= HIGHEST:
        return None
    middle = (lowest + HIGHEST) / 2
    return (number - middle) / (HIGHEST - middle)
