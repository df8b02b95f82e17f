"""What every format of tables gives, and the bounds that hold for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from harness.errors import HarnessError
from harness.files import regular

MAX_ROWS = 50_000_000
MAX_COLUMNS = 2_000
MAX_DOCUMENT_BYTES = 128 * 2**20
"""Of a file that can only be read as a whole: a workbook (unpacked) or JSON."""


class TooManyRowsError(HarnessError):
    """A table has more rows than whoever reads it can use; the rest of it was not read."""


@dataclass(frozen=True)
class RawTable:
    """The cells of a file, and what had to be understood to read them.

    Attributes:
        cells: text, or the types of the file.
        remarks: such as ``separated by ';'``.
    """

    cells: pa.Table
    remarks: tuple[str, ...] = ()


def require_file_size(path: Path, most: int, remedy: str = "") -> None:
    """Check the size of a file before it is read.

    Raises:
        HarnessError: it is absent, not a regular file, or larger than ``most`` bytes.
    """
    try:
        size = regular(path).stat().st_size
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path}: not a readable file ({error}).") from None
    if size > most:
        raise HarnessError(f"{path}: {size / 2**20:,.0f} MiB, over {most / 2**20:,.0f} MiB.{remedy}")


def require_few_rows(num_rows: int, max_rows: int | None, path: Path) -> None:
    """Check a number of rows, before the rest of them is read.

    Raises:
        TooManyRowsError: there are more than ``max_rows``, or than any table may have.
    """
    if num_rows > (most := MAX_ROWS if max_rows is None else max_rows):
        raise TooManyRowsError(f"{path}: over {most:,} rows, far more than there can be.")
