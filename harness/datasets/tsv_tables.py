"""Tables of the Brain Imaging Data Structure: tab-separated, with a header, ``n/a`` for what is missing."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from harness.errors import HarnessError
from harness.files import read_text, text_lines
from harness.user_tables.csv_tables import separator_hint

MAX_TSV_BYTES = 64 * 2**20
TAB = "\t"


def read_tsv(path: Path, columns: Collection[str]) -> list[dict[str, str]]:
    """One mapping per row; cells are stripped, and empty where they are ``n/a``.

    Args:
        path: a UTF-8 file.
        columns: must be in the header.

    Raises:
        HarnessError: the file is missing, no text, over 64 MiB, lacks a column, or a row has other cells.
    """
    try:
        lines = text_lines(read_text(path, MAX_TSV_BYTES))
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such table.") from None
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: {error}.") from None
    rows = [[cell.strip() for cell in line.split(TAB)] for line in lines if line.strip()]
    header = rows[0] if rows else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise HarnessError(
            f"{path}: column {', '.join(missing)} is missing. The header is {', '.join(header)}."
            f"{separator_hint(header, TAB)}"
        )
    table = []
    for number, cells in enumerate(rows[1:], start=1):
        if len(cells) != len(header):
            raise HarnessError(f"{path}, row {number}: {len(cells)} cells, but the header has {len(header)}.")
        table.append({name: "" if cell == "n/a" else cell for name, cell in zip(header, cells, strict=True)})
    return table
