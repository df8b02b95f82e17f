"""Helpers that readers share: read CSV tables, summarise long lists in one line."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import HarnessError
from harness.files import regular
from harness.user_tables.csv_tables import separator_hint

MAX_TABLE_BYTES = 2**30
MAX_VOTES = 10**9
_LISTED = 5


def read_csv(path: Path, columns: Collection[str], *, strict: bool = True) -> list[dict[str, str]]:
    """Read a CSV file with a header as one mapping per row; cells are stripped, an empty cell is ``""``.

    Args:
        path: a UTF-8 file, with or without a byte-order mark, with Unix or Windows line ends.
        columns: must be in the header.
        strict: refuse rows with more or fewer cells than the header; otherwise fill or cut them.

    Raises:
        HarnessError: the file is missing, too large, not UTF-8 or not such a table.
    """
    return list(csv_rows(path, columns, strict=strict))


def csv_rows(path: Path, columns: Collection[str], *, strict: bool = True) -> Iterator[dict[str, str]]:
    """The rows of `read_csv` one after the other, for tables that need not be held as a whole."""
    rows = _rows(path)
    header = next(rows, [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise HarnessError(
            f"{path}: column {', '.join(missing)} is missing. The header is {', '.join(header)}."
            f"{separator_hint(header, ',')}"
        )
    if len(set(header)) < len(header):
        raise HarnessError(f"{path}: the header names a column twice: {', '.join(header)}.")
    for number, cells in enumerate(rows, start=1):
        if strict and len(cells) != len(header):
            raise HarnessError(f"{path}, row {number}: {len(cells)} cells, but the header has {len(header)}.")
        yield dict.fromkeys(header, "") | dict(zip(header, cells, strict=False))


def headless_csv_rows(path: Path, columns: Sequence[str], *, optional: int = 0) -> Iterator[dict[str, str]]:
    """The rows of a table whose columns have no names in the file.

    Args:
        path: see `read_csv`.
        columns: what they are, in their order.
        optional: so many of the last may be missing, and are empty then.

    Raises:
        HarnessError: see `read_csv`; a row has more or fewer cells.
    """
    for number, cells in enumerate(_rows(path), start=1):
        if not 0 <= len(columns) - len(cells) <= optional:
            raise HarnessError(f"{path}, row {number}: {len(cells)} cells. Expected {len(columns)}.")
        yield dict.fromkeys(columns, "") | dict(zip(columns, cells, strict=False))


def cell_number(text: str, where: str) -> float | None:
    """The number in a cell; None where it is empty or NaN.

    Raises:
        HarnessError: it is not a finite number; `where` names file, row and column.
    """
    try:
        value = float(text) if text else math.nan
    except ValueError:
        raise HarnessError(f"{where}: {text!r} is not a number.") from None
    if math.isinf(value):
        raise HarnessError(f"{where}: {text!r} is not a finite number.")
    return None if math.isnan(value) else value


def mean_rating(text: str, scale: tuple[float, float], where: str) -> float | None:
    """The mean rating in a cell, from -1 to 1; None where there is none.

    Args:
        text: of the cell.
        scale: the lowest and the highest rating.
        where: names file, row and column.

    Raises:
        HarnessError: it is no rating on this scale.
    """
    low, high = scale
    value = cell_number(text, where)
    if value is None:
        return None
    if not low <= value <= high:
        raise HarnessError(f"{where}: a mean rating of {text}; expected {low:g} to {high:g}.")
    return 2 * (value - low) / (high - low) - 1


def vote_count(text: str, where: str) -> int:
    """The number of votes in a cell; an empty cell is zero.

    Raises:
        HarnessError: it is not a whole number of at least zero; `where` names file, row and column.
    """
    value = cell_number(text, where) or 0.0
    if not 0 <= value <= MAX_VOTES or value != int(value):
        beside = " Shares of votes go into columns of their own (measure.shares)." if 0 < value < 1 else ""
        raise HarnessError(f"{where}: {text!r} is not a number of votes.{beside}")
    return int(value)


def first_by_name(uris: Sequence[str]) -> dict[str, str]:
    """File name → its first uri, so that an archive that was unpacked twice does not duplicate the samples."""
    first: dict[str, str] = {}
    for uri in uris:
        first.setdefault(file_name(uri), uri)
    return first


def copies(uris: Sequence[str]) -> list[str]:
    """The file names that occur more than once."""
    return [name for name, count in Counter(map(file_name, uris)).items() if count > 1]


def file_name(uri: str) -> str:
    """The last part of a relative POSIX path."""
    return uri.rpartition("/")[2]


def problem_lines(found: Mapping[str, Sequence[str]]) -> list[str]:
    """One line for each thing that was found at least once: ``what: a, b and 7 more``."""
    return [f"{what}: {listed_files(items)}" for what, items in found.items() if items]


def listed_files(items: Sequence[str]) -> str:
    """Up to five items in full; otherwise the first three and the number of the rest."""
    if len(items) <= _LISTED:
        return ", ".join(items)
    return f"{', '.join(items[:3])} and {len(items) - 3:,} more"


def _rows(path: Path) -> Iterator[list[str]]:
    """The rows that are not blank, a header first if there is one."""
    try:
        if regular(path).stat().st_size > MAX_TABLE_BYTES:
            raise HarnessError(
                f"{path}: over {MAX_TABLE_BYTES // 2**20:,} MiB. Use Parquet for tables of this size."
            )
        with path.open(encoding="utf-8-sig", newline="") as file:
            for cells in csv.reader(file):
                stripped = [cell.strip() for cell in cells]
                if any(stripped):
                    yield stripped
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such file.") from None
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path}: not UTF-8 text (byte {error.start}). Save the table as UTF-8.") from None
    except (csv.Error, OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable CSV table ({error}).") from None
