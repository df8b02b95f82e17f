"""Pictures that lie in a table of text: a row holds the 48 × 48 grey values of a face (FER2013)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError, Reason, Unscored
from harness.files import regular

COLUMNS = ("emotion", "pixels", "Usage")
SIDE = 48

_MAX_LINE = 2**15
"""Bytes; 2,304 numbers of up to three digits take 9,216."""


MAX_ROWS = 1_000_000
"""FER2013 has 35,887."""


class PixelRow(NamedTuple):
    """Where a row starts in the file, in bytes, and what stands beside its pixels."""

    offset: int
    emotion: str
    usage: str


def pixel_rows(path: Path) -> tuple[PixelRow, ...]:
    """The rows of a table of pixels, which are left in the file.

    Raises:
        HarnessError: it is missing, unreadable, or a row has other cells than the header.
    """
    try:
        found = regular(path).stat()
        return _rows(path, (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable table ({error}).") from None


def picture(path: Path, number: int) -> npt.NDArray[np.uint8]:
    """The picture in a row as RGB, shape (48, 48, 3).

    Raises:
        Unscored: there is no such row, or not 2,304 whole numbers from 0 to 255 in it.
    """
    try:
        row = pixel_rows(path)[number]
        with path.open("rb") as file:
            file.seek(row.offset)
            text = file.readline(_MAX_LINE).split(b",")[_places(path)[1]]
        values = [int(value) for value in text.replace(b'"', b"").split()]
    except (HarnessError, IndexError, OSError, ValueError):
        raise Unscored(Reason.UNREADABLE, f"no pixels in row {number} of {path.name}") from None
    if len(values) != SIDE * SIDE or not all(0 <= value <= 255 for value in values):
        raise Unscored(Reason.UNREADABLE, f"row {number} of {path.name} has not {SIDE}x{SIDE} values of 0 to 255")
    grey_HW = np.array(values, np.uint8).reshape(SIDE, SIDE)
    return np.repeat(grey_HW[:, :, None], 3, axis=2)


@lru_cache(maxsize=2)
def _rows(path: Path, state: tuple[int, ...]) -> tuple[PixelRow, ...]:  # noqa: ARG001 (a changed file is another key)
    places = _places(path)
    rows: list[PixelRow] = []
    for offset, line in _lines(path):
        cells = [cell.strip().strip('"') for cell in line.decode("latin-1").split(",")]
        if offset == 0 or cells == [""]:
            continue
        if len(cells) != len(COLUMNS):
            raise HarnessError(f"{path}, row {len(rows)}: {len(cells)} cells, but the header has {len(COLUMNS)}.")
        if len(rows) == MAX_ROWS:
            raise HarnessError(f"{path}: over {MAX_ROWS:,} rows.")
        rows.append(PixelRow(offset, cells[places[0]], cells[places[2]]))
    return tuple(rows)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Each line with where it starts."""
    offset = 0
    with path.open("rb") as file:
        while line := file.readline(_MAX_LINE):
            if len(line) == _MAX_LINE:
                raise HarnessError(f"{path}: a line of over {_MAX_LINE:,} bytes is no row of pixels.")
            yield offset, line
            offset += len(line)


def _places(path: Path) -> list[int]:
    """Where the columns of `COLUMNS` stand in a row."""
    with path.open("rb") as file:
        header = file.readline(_MAX_LINE).decode("utf-8-sig", "replace")
    names = [name.strip().strip('"') for name in header.split(",")]
    if sorted(names) != sorted(COLUMNS):
        raise HarnessError(f"{path}: the header is {', '.join(names)[:120]}. Expected {', '.join(COLUMNS)}.")
    return [names.index(name) for name in COLUMNS]
